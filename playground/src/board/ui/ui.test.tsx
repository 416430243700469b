// @vitest-environment happy-dom
import { cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import { cardOf } from "../testing/fakeWire";
import { showing } from "../testing/showing";
import { ActionButton } from "./ActionButton";
import { ReleaseCard } from "./ReleaseCard";
import { webAddress } from "./TaskRow";

const RELEASE = { id: "rel-a", name: "Shop", version: "4.2.0" };

afterEach(cleanup);

describe("an action", () => {
  it("that was done is told of by the release's name", async () => {
    showing(<ActionButton action="TRIGGER_STAGE_2" release={RELEASE} reason={null} />);
    await userEvent.click(screen.getByRole("button", { name: "Start regression" }));
    expect((await screen.findByRole("status")).textContent).toContain("Started regression of Shop 4.2.0.");
  });

  it("that is not offered tells why, and does nothing", async () => {
    const { wire } = showing(<ActionButton action="PAUSE" release={RELEASE} reason="Start it first." />);
    const button = screen.getByRole("button", { name: "Pause", description: "Start it first." });
    expect(button.getAttribute("aria-disabled")).toBe("true");
    await userEvent.click(button);
    expect(wire.asked).toEqual([]);
  });

  it("that is not easily undone is asked for by the release's name, with a reason", async () => {
    const { wire } = showing(<ActionButton action="ARCHIVE" release={RELEASE} reason={null} />);
    await userEvent.click(screen.getByRole("button", { name: "Archive" }));
    expect(wire.asked).toEqual([]);
    const dialog = screen.getByRole("dialog", { name: "Archive?" });
    expect(dialog.textContent).toContain("Shop 4.2.0");
    await userEvent.type(screen.getByLabelText("Reason, for the history"), "wrong branch");
    await userEvent.click(dialog.querySelector(".danger") as HTMLElement);
    expect(wire.asked[0]?.variables).toMatchObject({ input: { releaseId: "rel-a", reason: "wrong branch" } });
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("that is called off does nothing", async () => {
    const { wire } = showing(<ActionButton action="ARCHIVE" release={RELEASE} reason={null} />);
    await userEvent.click(screen.getByRole("button", { name: "Archive" }));
    await userEvent.click(screen.getByRole("button", { name: "Cancel" }));
    expect(wire.asked).toEqual([]);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it("that is refused says so, until that is dismissed", async () => {
    const refusal = { code: "ACTION_NOT_ALLOWED", message: "It is with the stores.", path: null };
    showing(<ActionButton action="START" release={RELEASE} reason={null} />, () => ({
      done: { release: null, userErrors: [refusal] },
    }));
    await userEvent.click(screen.getByRole("button", { name: "Start" }));
    expect((await screen.findByRole("alert")).textContent).toContain("It is with the stores.");
    await userEvent.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

describe("a card", () => {
  it("that is over says when that was", () => {
    const card = cardOf("rel-a", "COMPLETED", { updatedAt: "2026-01-14T09:30:00Z" });
    showing(<ReleaseCard card={card} since={undefined} failed={undefined} scopes={null} />);
    expect(screen.getByText("14 Jan, 9:30 AM")).toBeTruthy();
  });

  it("says in words what it shows in colours", () => {
    const regression = {
      currentCycle: { number: 1, tag: "RC1", status: "DONE" },
      nextCycle: { number: 2, tag: "RC2", scheduledAt: "2026-01-15T12:04:05Z" },
      progress: { completed: 1, total: 3 },
    } as const;
    const stages = { stage1: "COMPLETED", stage2: "IN_PROGRESS", stage3: "PENDING" } as const;
    const card = cardOf("rel-a", "REGRESSION_AWAITING_NEXT_CYCLE", {
      status: { regression, stages, actions: ["PAUSE"] },
    });
    showing(<ReleaseCard card={card} since="2026-01-15T11:00:00Z" failed={undefined} scopes={null} />);
    const text = screen.getByRole("article").textContent;
    expect(text).toContain("Kickoff: complete");
    expect(text).toContain("Regression: under way");
    expect(text).toContain("Cycle 1 of 3");
    expect(text).toContain("RC2 in 4 min 05 s");
    expect(text).toContain("for 1 h");
  });

  it("names the task that failed and offers to retry it", () => {
    const card = cardOf("rel-a", "PAUSED_BY_FAILURE", { status: { actions: ["RETRY_TASK", "SKIP_TASK", "ARCHIVE"] } });
    const failed = [{ id: "tsk-a-1", name: "RC build", critical: true, failureReason: "no disk", attempt: 1 }];
    showing(<ReleaseCard card={card} since={undefined} failed={failed} scopes={["admin"]} />);
    expect(screen.getByText("RC build: no disk")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Retry RC build" })).toBeTruthy();
  });
});

it("links to web addresses only", () => {
  expect(webAddress("https://ci.example.com/runs/1")).toBe("https://ci.example.com/runs/1");
  expect(webAddress("javascript:alert(1)")).toBeNull();
  expect(webAddress(null)).toBeNull();
});
