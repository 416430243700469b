import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useObserved, useStores } from "./app";
import type { Question } from "./question";

/** The dialog that asks it: it names the release, and takes a reason for the history. */
export function Confirm() {
  const { question } = useStores();
  const asked = useObserved(question);
  return asked ? <Dialog question={asked} close={() => question.set(null)} /> : null;
}

function Dialog({ question, close }: { question: Question; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState("");
  const id = useId();
  useEffect(() => dialog.current?.showModal(), []);
  const confirm = (event: FormEvent) => {
    event.preventDefault();
    dialog.current?.close(); // gives the focus back to what it was asked from
    close();
    question.answer(reason.trim() || null);
  };
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={`${id}-title`} onClose={close}>
      <form onSubmit={confirm}>
        <h2 id={`${id}-title`}>{question.title}</h2>
        <p className="subject">{question.subject}</p>
        <p>{question.warning}</p>
        <label htmlFor={`${id}-reason`}>Reason, for the history</label>
        <input
          id={`${id}-reason`}
          value={reason}
          maxLength={1000}
          required={question.needsReason}
          pattern=".*\S.*"
          placeholder={question.needsReason ? "" : "Optional"}
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className={question.good ? "primary" : "danger"}>
            {question.label}
          </button>
        </div>
      </form>
    </dialog>
  );
}
