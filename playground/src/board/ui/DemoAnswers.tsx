import { useState } from "react";
import type { Task } from "../api/documents";
import type { Demo } from "../store/demo";

/** In a demo, ends a task in the place of the outside system that it waits for, or makes one fail that runs. */
export function DemoAnswers({ demo, task }: { demo: Demo; task: Task }) {
  const [pending, setPending] = useState(false);
  const answer = async (outcome: "SUCCEEDED" | "FAILED") => {
    setPending(true);
    await demo.callBack(task, outcome);
    setPending(false);
  };
  return (
    <span className="do" data-demo>
      {task.status === "AWAITING_CALLBACK" ? (
        <button type="button" disabled={pending} onClick={() => void answer("SUCCEEDED")}>
          Call back<span className="unseen"> {task.name}</span>
        </button>
      ) : null}
      <button type="button" className="risky" disabled={pending} onClick={() => void answer("FAILED")}>
        Let it fail<span className="unseen"> {task.name}</span>
      </button>
    </span>
  );
}
