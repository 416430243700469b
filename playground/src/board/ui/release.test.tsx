// @vitest-environment happy-dom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { Release, Task } from "../api/documents";
import { releaseOf, taskOf } from "../testing/release";
import { showing } from "../testing/showing";
import { EventList } from "./EventList";
import { ReleaseActions } from "./ReleaseActions";
import { StoreReviews } from "./Stores";
import { TaskRow } from "./TaskRow";
import { Tasks } from "./Tasks";
import { Timeline } from "./Timeline";

afterEach(cleanup);

const CYCLE = { id: "cyc-1", number: 1, tag: "RC1", scheduledAt: null, finishedAt: null };

function row(task: Task, release: Release = releaseOf("KICKOFF", { tasks: [task] })) {
  return showing(<TaskRow task={task} release={release} scopes={null} />);
}

describe("the head of a release", () => {
  it("names what failed, why, and the ways on, archiving last", () => {
    const tasks = [taskOf("build", "FAILED", { failureReason: "no disk" })];
    const release = releaseOf("PAUSED_BY_FAILURE", { tasks }, ["RETRY_TASK", "SKIP_TASK", "ARCHIVE"]);
    showing(<ReleaseActions release={release} scopes={null} />);
    expect(screen.getByText("no disk")).toBeTruthy();
    const names = screen.getAllByRole("button").map((button) => button.textContent);
    expect([names.slice(0, 2), names.at(-1)]).toEqual([["Retry build", "Skip build"], "Archive"]);
  });

  it("says whom it waits for", () => {
    showing(
      <ReleaseActions
        release={releaseOf("KICKOFF", { tasks: [taskOf("approval", "AWAITING_CALLBACK", { executor: "manual" })] })}
        scopes={null}
      />,
    );
    expect(screen.getByRole("link", { name: "approval" }).getAttribute("href")).toBe("#tsk-approval");
  });

  it("offers nothing once it is over", () => {
    showing(<ReleaseActions release={releaseOf("COMPLETED")} scopes={null} />);
    expect(screen.queryByRole("button")).toBeNull();
  });
});

describe("a manual task", () => {
  const task = taskOf("approval", "AWAITING_CALLBACK", { executor: "manual", output: "Look at both builds." });

  it("says what has to be done", () => {
    row(task);
    expect(screen.getByText("Look at both builds.")).toBeTruthy();
  });

  it("is failed with a reason alone", async () => {
    const { wire } = row(task);
    await userEvent.click(screen.getByRole("button", { name: "Report failed approval" }));
    const dialog = screen.getByRole("dialog", { name: "“approval” failed?" });
    expect(dialog.querySelector("input")?.required).toBe(true);
    expect(wire.asked).toEqual([]);
    await userEvent.type(screen.getByLabelText("Reason, for the history"), "It crashes.");
    await userEvent.click(dialog.querySelector(".danger") as HTMLElement);
    expect(wire.asked[0]?.variables).toMatchObject({ input: { outcome: "FAILED", message: "It crashes." } });
  });
});

describe("the verdict of a store", () => {
  const review = { store: "APP_STORE", decision: null, message: null, decidedAt: null } as const;

  it.each([
    ["Approved", false],
    ["Rejected", true],
  ])("%s is asked for first", async (label, required) => {
    const release = releaseOf("SUBMITTED", { status: "SUBMITTED", stores: [review] });
    const { wire } = showing(<StoreReviews release={release} scopes={null} />);
    await userEvent.click(screen.getByRole("button", { name: `${label} by App Store` }));
    expect(screen.getByRole("dialog").querySelector("input")?.required).toBe(required);
    expect(wire.asked).toEqual([]);
  });

  it("has the colour of what it says", () => {
    const rejected = { ...review, decision: "REJECTED" } as const;
    showing(<StoreReviews release={releaseOf("PAUSED_BY_FAILURE", { stores: [rejected] })} scopes={null} />);
    expect(screen.getByRole("listitem").dataset.tone).toBe("bad");
  });
});

it("tasks stay open under who reads them when they settle, and open when they fail", () => {
  const all = (one: Task, other: Task) => (
    <Tasks release={releaseOf("KICKOFF", { tasks: [one, { ...other, stage: "STAGE_3" }] })} scopes={null} />
  );
  const { again } = showing(all(taskOf("build", "IN_PROGRESS"), taskOf("submit", "COMPLETED")));
  const open = () => [...document.querySelectorAll("details.group")].map((group) => (group as HTMLDetailsElement).open);
  expect(open()).toEqual([true, false]);
  again(all(taskOf("build", "COMPLETED"), taskOf("submit", "FAILED")));
  expect(open()).toEqual([true, true]);
});

describe("a cycle", () => {
  const shown = (phase: Parameters<typeof releaseOf>[0], status: "IN_PROGRESS" | "ABANDONED") => {
    const finishedAt = status === "ABANDONED" ? "2026-01-15T11:50:01Z" : null;
    const cycle = { ...CYCLE, status, startedAt: "2026-01-15T11:50:00Z", finishedAt };
    showing(<Timeline release={releaseOf(phase, { cycles: [cycle] as unknown as Release["cycles"] })} />);
    return screen.getByRole("listitem").textContent;
  };

  it("runs on while the release does", () => {
    expect(shown("REGRESSION_CYCLE_RUNNING", "IN_PROGRESS")).toBe("RC1running for 10 min 00 s");
  });

  it("does not run while the release is paused", () => {
    expect(shown("PAUSED_BY_USER", "IN_PROGRESS")).toBe("RC1pausedbegan 10 min ago");
  });

  it("was abandoned after a while", () => {
    expect(shown("REGRESSION_AWAITING_NEXT_CYCLE", "ABANDONED")).toContain("abandoned after 1 s");
  });
});

it("names nobody where access is open", () => {
  const event = { id: "evt-1", occurredAt: "2026-01-15T11:00:00Z", __typename: "ReleaseCreated", version: "1.0" };
  const events = ["ANONYMOUS", "PERSON"].map((kind, at) => ({
    ...event,
    id: `evt-${at}`,
    actor: { kind, name: kind.toLowerCase() },
  }));
  showing(<EventList events={events as never} tasks={[]} />);
  expect(screen.queryByText(/anonymous/)).toBeNull();
  expect(screen.getByText(/· person/)).toBeTruthy();
});
