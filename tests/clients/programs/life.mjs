// The life of a release, from its plan to COMPLETED, by any client:
//
//   client.ask(document, variables)       the one field of a query's or a mutation's data
//   client.follow(document, variables)    an async iterable of results; `variables` are read anew for each connection
//
// With `interrupted`, it is called while nothing happens, and has to bring the connection back after `meanwhile` is done.

import assert from "node:assert/strict";
import { Followed, elsewhere } from "./harness.mjs";

const simulated = (name, more) => ({ name, executor: "simulated", with: { durationSeconds: 0 }, ...more });
const manual = (name, more) => ({ name, executor: "manual", with: {}, ...more });

export const PLAN = {
  name: "Mobile 4.2.0",
  version: "4.2.0",
  timeZone: "Europe/Berlin",
  stores: ["APP_STORE", "PLAY_STORE"],
  kickoff: [simulated("branch"), manual("tickets", { needs: [] })],
  regression: {
    cycles: [{ after: "0s" }, { after: "1d" }],
    tasks: [simulated("build"), manual("sign-off", { needs: ["build"] })],
  },
  preRelease: [manual("approval"), simulated("submit", { submission: true })],
};
export const PHASES_OF_A_LIFE = [
  "NOT_STARTED",
  "KICKOFF",
  "PAUSED_BY_FAILURE",
  "KICKOFF",
  "AWAITING_REGRESSION",
  "REGRESSION_CYCLE_STARTING",
  "REGRESSION_CYCLE_RUNNING",
  "PAUSED_BY_USER",
  "REGRESSION_CYCLE_RUNNING",
  "REGRESSION_AWAITING_NEXT_CYCLE",
  "AWAITING_POST_REGRESSION",
  "POST_REGRESSION",
  "SUBMITTED",
  "COMPLETED",
];

const PAYLOAD = `{
  release { id name status revision }
  status { currentPhase revision actions displayText }
  task { id name status attempt }
  replayed
  userErrors { __typename code message path ... on ActionNotAllowedError { action currentPhase allowedActions } }
}`;
const INPUTS = {
  createRelease: "CreateReleaseInput",
  retryTask: "TaskActionInput",
  reportTaskResult: "ReportTaskResultInput",
  reportStoreReview: "ReportStoreReviewInput",
};
export const STATUS = `subscription Status($id: ID!) {
  releaseStatus(releaseId: $id) {
    release { id status }
    stages { stage1 stage2 stage3 }
    cron { status pauseType }
    regression { currentCycle { id tag status } nextCycle { tag scheduledAt } progress { completed total } }
    currentPhase
    displayText
    actions
    revision
    cursor
  }
}`;
export const PHASES = `subscription Phases($id: ID, $after: Cursor) {
  phaseChanged(releaseId: $id, after: $after) { cursor from to action revision status { currentPhase revision } }
}`;
export const EVENTS = `subscription Events($id: ID, $after: Cursor) {
  releaseEvents(releaseId: $id, after: $after) {
    __typename
    ... on EventLogGap { cursor }
    ... on ReleaseEvent { id position: cursor revision }
    ... on TaskChanged { taskId name attempt status: taskTo }
  }
}`;
const HISTORY = `query History($id: ID!) {
  release(id: $id) { id revision events(first: 100) { nodes { __typename id cursor revision } } }
}`;
const WHOLE = `query Whole($id: ID!) { releaseStatus(releaseId: $id) { currentPhase revision cursor } }`;

export const mutation = (field) => `mutation Act($input: ${INPUTS[field] ?? "ReleaseActionInput"}!) {
  ${field}(input: $input) ${PAYLOAD}
}`;

// Follow a log: on every connection from right behind the last item that came.
export function followLog(client, document, id, after) {
  let last = after;
  const variables = {
    id,
    get after() {
      return last;
    },
  };
  const results = client.follow(document, variables, () => last);
  const remembering = async function* () {
    for await (const result of results) {
      const item = Object.values(result.data ?? {})[0];
      last = item?.position ?? item?.cursor ?? last;
      yield result;
    }
  };
  return new Followed(remembering());
}

export class Life {
  constructor(client) {
    this.client = client;
  }

  async #mutate(field, input) {
    return this.client.ask(mutation(field), { input });
  }

  async act(field, input = { releaseId: this.id }) {
    const payload = await this.#mutate(field, input);
    assert.deepEqual(payload.userErrors, [], field);
    return payload;
  }

  async refused(field) {
    const { status, userErrors } = await this.#mutate(field, { releaseId: this.id });
    assert.equal(status, null);
    return userErrors[0];
  }

  phase(phase, nth = 1) {
    const enough = () => this.phases.items.filter(({ to }) => to === phase).length >= nth;
    return this.phases.until(enough, `phase ${phase}, time ${nth}`);
  }

  // Report how a manual task ended, once it waits for that.
  async report(name, attempt = 1, outcome = "SUCCEEDED") {
    const waits = (event) => event.name === name && event.attempt === attempt && event.status === "AWAITING_CALLBACK";
    const { taskId } = await this.events.until(waits, `attempt ${attempt} at ${name}`);
    return this.act("reportTaskResult", { taskId, attempt, outcome });
  }

  async begin() {
    const { release, status } = await this.act("createRelease", PLAN);
    this.id = release.id;
    assert.equal(status.currentPhase, "NOT_STARTED");
    this.status = new Followed(this.client.follow(STATUS, { id: this.id }));
    const { cursor } = await this.status.until((item) => item.currentPhase === "NOT_STARTED");
    this.phases = followLog(this.client, PHASES, this.id, cursor);
    this.events = followLog(this.client, EVENTS, this.id, cursor);
  }

  async kickoff() {
    const refusal = await this.refused("triggerStage2");
    const { __typename, code, currentPhase, allowedActions } = refusal;
    assert.deepEqual([__typename, code], ["ActionNotAllowedError", "ACTION_NOT_ALLOWED"]);
    assert.deepEqual([currentPhase, allowedActions], ["NOT_STARTED", ["START"]]);

    const start = { releaseId: this.id, idempotencyKey: `start ${this.id}`, reason: "branched" };
    const started = await this.act("startRelease", start);
    const again = await this.act("startRelease", start);
    assert.deepEqual([started.replayed, again.replayed], [false, true]);

    const { task } = await this.report("tickets", 1, "FAILED");
    await this.phase("PAUSED_BY_FAILURE");
    await this.act("retryTask", { taskId: task.id });
    await this.report("tickets", 2);
    await this.phase("AWAITING_REGRESSION");
  }

  async regression(interrupted) {
    await this.act("triggerStage2");
    await this.events.until((event) => event.name === "sign-off" && event.status === "AWAITING_CALLBACK");
    const meanwhile = async () => {
      for (const field of ["pauseRelease", "resumeRelease"]) {
        const { userErrors } = await elsewhere(mutation(field), { input: { releaseId: this.id } });
        assert.deepEqual(userErrors, []);
      }
    };
    await (interrupted ? interrupted(meanwhile) : meanwhile());
    await this.phase("REGRESSION_CYCLE_RUNNING", 2);
    await this.report("sign-off");
    await this.phase("REGRESSION_AWAITING_NEXT_CYCLE");
    await this.act("skipRemainingCycles");
    await this.phase("AWAITING_POST_REGRESSION");
  }

  async toTheStores() {
    await this.act("triggerStage3");
    await this.report("approval");
    await this.phase("SUBMITTED");
    for (const store of PLAN.stores) {
      await this.act("reportStoreReview", { releaseId: this.id, store, decision: "APPROVED" });
    }
    await this.phase("COMPLETED");
  }

  // Everything was told once, in order, and the streams agree with what is kept.
  async told() {
    await this.status.ended();
    assert.equal(this.status.items.at(-1).currentPhase, "COMPLETED");
    const { events, revision } = await this.client.ask(HISTORY, { id: this.id });
    await this.events.until((event) => event.position === events.nodes.at(-1).cursor);
    const created = events.nodes.findIndex(({ cursor }) => cursor === this.status.items[0].cursor);
    const kept = events.nodes.slice(created + 1).map(({ cursor }) => cursor);
    assert.deepEqual(this.events.items.map(({ position }) => position), kept);
    assert.deepEqual(this.phases.items.map(({ to }) => to), PHASES_OF_A_LIFE.slice(1));
    const { currentPhase, cursor } = await this.client.ask(WHOLE, { id: this.id });
    assert.deepEqual([currentPhase, cursor], ["COMPLETED", this.status.items.at(-1).cursor]);
    assert.equal(this.status.items.at(-1).revision, revision);
    return { events: kept.length, revision };
  }

  async live(interrupted) {
    await this.begin();
    await this.kickoff();
    await this.regression(interrupted);
    await this.toTheStores();
    return this.told();
  }
}
