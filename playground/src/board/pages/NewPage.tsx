import { useMemo, useState } from "react";
import { type Problem, readPlan } from "../plan/document";
import { type Draft, forgetDraft, keepDraft, keptDraft, replaced } from "../plan/draft";
import { Editor } from "../plan/Editor";
import { EXAMPLES } from "../plan/examples";
import { outlineOf } from "../plan/outline";
import { Preview } from "../plan/Preview";
import { coercionProblems, problemsOf } from "../plan/problems";
import { lacks } from "../store/actions";
import { go } from "../store/route";
import { useObserved, useStores } from "../ui/app";
import { useAway } from "../ui/useAction";

const KEY = "createRelease";
const CREATED = "The release is created. Start it when you are ready.";

/** Makes a release from a plan: written here, pasted, dropped, or one of the examples. */
export default function NewPage() {
  const { performer, toasts, board } = useStores();
  const [draft, setDraft] = useState(keptDraft);
  const [refused, setRefused] = useState<readonly Problem[]>([]);
  const { text, before } = draft;
  const plan = useMemo(() => readPlan(text), [text]);
  const pending = useObserved(performer.pending).has(KEY);
  const reason = useAway() ?? lacks("releases:write", useObserved(board.board).viewer?.scopes ?? null);
  const problems = text && plan.problems.length ? plan.problems : refused;
  const change = (next: Draft) => {
    setDraft(keepDraft(next));
    setRefused([]);
  };
  const replace = (next: string) => change(replaced(draft, next));
  const create = async () => {
    if (!plan.value) return;
    const done = await performer.perform(KEY, KEY, plan.value, CREATED, "by the caller");
    if (!done) return;
    setRefused([...coercionProblems(done.refused, plan), ...problemsOf(done.userErrors, plan)]);
    if (!done.id) return;
    forgetDraft();
    go(`/releases/${done.id}`);
  };
  return (
    <main className="new-page">
      <header className="page-head">
        <h1>New release</h1>
        <div className="buttons">
          {EXAMPLES.map((example) => (
            <button key={example.name} type="button" onClick={() => replace(example.text)}>
              {example.name}
            </button>
          ))}
          {before && before !== text ? (
            <button type="button" onClick={() => replace(before)}>
              What I had written
            </button>
          ) : null}
        </div>
      </header>
      <div className="columns">
        <section aria-labelledby="plan-title" className="panel">
          <h2 id="plan-title">Plan</h2>
          <Editor
            text={text}
            problems={problems}
            onChange={(next) => change({ text: next, before })}
            onReplace={replace}
            onTrouble={(message) => toasts.bad(message)}
          />
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
            <p className="nothing">
              {text ? "Not a plan yet: see the problems under its text." : plan.problems[0]?.message}
            </p>
          )}
        </section>
      </div>
    </main>
  );
}
