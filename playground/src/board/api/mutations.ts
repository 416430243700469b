import type { Action } from "./documents";

/** What a mutation answers: an error of the user is data. */
export interface UserError {
  readonly code: string;
  readonly message: string;
  readonly path: readonly string[] | null;
}

export interface Payload {
  readonly release: { readonly id: string } | null;
  readonly userErrors: readonly UserError[];
}

/** Where the API performs each action. */
export const MUTATION: Readonly<Record<Action | "COMPLETE", string>> = {
  START: "startRelease",
  PAUSE: "pauseRelease",
  RESUME: "resumeRelease",
  TRIGGER_STAGE_2: "triggerStage2",
  TRIGGER_STAGE_3: "triggerStage3",
  RETRY_TASK: "retryTask",
  SKIP_TASK: "skipTask",
  ABANDON_CYCLE: "abandonCycle",
  SKIP_REMAINING_CYCLES: "skipRemainingCycles",
  ARCHIVE: "archiveRelease",
  COMPLETE: "completeRelease",
};

const INPUTS: Readonly<Record<string, string>> = {
  createRelease: "CreateReleaseInput",
  retryTask: "TaskActionInput",
  skipTask: "TaskActionInput",
  reportTaskResult: "ReportTaskResultInput",
  reportStoreReview: "ReportStoreReviewInput",
};

/** Whether a mutation is done once however often it is sent with one key; reports are so without. */
export function takesKey(field: string): boolean {
  return !field.startsWith("report");
}

/** The document of a mutation; all of them answer alike, so one text serves. */
export function mutationText(field: string): string {
  const input = INPUTS[field] ?? "ReleaseActionInput";
  return `mutation Act($input: ${input}!) {
  done: ${field}(input: $input) {
    release { id }
    userErrors { code message path }
  }
}`;
}
