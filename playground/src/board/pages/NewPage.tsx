import { useMemo, useState } from "react";
import { type Problem, readPlan } from "../plan/document";
import { Editor } from "../plan/Editor";
import { EXAMPLES } from "../plan/examples";
import { outlineOf } from "../plan/outline";
import { Preview } from "../plan/Preview";
import { coercionProblem, problemsOf } from "../plan/problems";
import { lacks } from "../store/actions";
import { go } from "../store/route";
import { useObserved, useStores } from "../ui/app";

const KEY = "createRelease";

/** Makes a release from a plan: written here, pasted, dropped, or one of the examples. */
export default function NewPage() {
  const { performer, toasts, board } = useStores();
  const [text, setText] = useState("");
  const [refused, setRefused] = useState<readonly Problem[]>([]);
  const plan = useMemo(() => readPlan(text), [text]);
  const pending = useObserved(performer.pending).has(KEY);
  const reason = lacks("releases:write", useObserved(board.board).viewer?.scopes ?? null);
  const problems = text && plan.problems.length ? plan.problems : refused;
  const change = (next: string) => {
    setText(next);
    setRefused([]);
  };
  const create = async () => {
    if (!plan.value) return;
    const done = await performer.perform(KEY, KEY, plan.value, "The release is created. Start it when you are ready.");
    if (!done) return setRefused([coercionProblem(performer.refused.get().get(KEY) ?? "", plan)]);
    if (done.userErrors.length) setRefused(problemsOf(done.userErrors, plan));
    else if (done.id) go(`/releases/${done.id}`);
  };
  return (
    <main className="new-page">
      <header className="page-head">
        <h1>New release</h1>
        <div className="buttons">
          {EXAMPLES.map((example) => (
            <button key={example.name} type="button" onClick={() => change(example.text)}>
              {example.name}
            </button>
          ))}
        </div>
      </header>
      <div className="columns">
        <section aria-labelledby="plan-title" className="panel">
          <h2 id="plan-title">Plan</h2>
          <Editor text={text} problems={problems} onChange={change} onTrouble={(message) => toasts.bad(message)} />
        </section>
        <section aria-labelledby="preview-title" className="panel">
          <header>
            <h2 id="preview-title">What it will do</h2>
            <button
              type="button"
              className="primary"
              disabled={!plan.value || pending || reason !== null}
              onClick={create}
            >
              {pending ? "Creating…" : "Create release"}
            </button>
          </header>
          {reason ? <p className="trouble">{reason}</p> : null}
          {plan.value ? (
            <Preview outline={outlineOf(plan.value)} />
          ) : (
            <p className="nothing">{text ? "Not a plan yet: see the problems below it." : plan.problems[0]?.message}</p>
          )}
        </section>
      </div>
    </main>
  );
}
