/** What is asked before something is done that is not easily undone. */
export interface Question {
  readonly title: string;
  readonly subject: string;
  readonly warning: string;
  readonly label: string;
  /** Whether others have to know why. */
  readonly needsReason?: boolean;
  /** Good news is not asked for in red. */
  readonly good?: boolean;
  readonly answer: (reason: string | null) => void;
}
