/** What is asked before something is done that is not easily undone. */
export interface Question {
  readonly title: string;
  readonly subject: string;
  readonly warning: string;
  readonly label: string;
  readonly answer: (reason: string | null) => void;
}
