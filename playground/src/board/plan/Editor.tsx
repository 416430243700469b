import { type DragEvent, useRef } from "react";
import type { Problem } from "./document";

const LARGEST = 262_144;

interface Props {
  readonly text: string;
  readonly problems: readonly Problem[];
  readonly onChange: (text: string) => void;
  /** A whole other text takes the place of what is there. */
  readonly onReplace: (text: string) => void;
  readonly onTrouble: (message: string) => void;
}

/** Where a plan is written: lines are numbered, those with a problem marked; a file can be dropped on it. */
export function Editor({ text, problems, onChange, onReplace, onTrouble }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  const wrong = new Set(problems.map((problem) => problem.line));
  const drop = async (event: DragEvent) => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    if (file.size > LARGEST) onTrouble("This file is larger than a plan may be.");
    else onReplace(await file.text());
  };
  const show = (line: number) => {
    const before = text.split("\n", line - 1).join("\n").length;
    area.current?.focus();
    area.current?.setSelectionRange(before + (line > 1 ? 1 : 0), before + (line > 1 ? 1 : 0));
    if (area.current) area.current.scrollTop = Math.max(0, (line - 5) * 20);
  };
  return (
    <>
      <div className="editor">
        <div className="numbers" ref={numbers} aria-hidden="true">
          {text.split("\n").map((_, index) => (
            <span key={index} data-wrong={wrong.has(index + 1)}>
              {index + 1}
            </span>
          ))}
        </div>
        <textarea
          ref={area}
          id="plan"
          value={text}
          spellCheck={false}
          wrap="off"
          aria-label="Plan, in YAML or JSON"
          aria-describedby="plan-problems"
          aria-invalid={problems.length > 0}
          placeholder={"name: Mobile 4.2.0\nversion: '4.2.0'\nkickoff: …"}
          onChange={(event) => onChange(event.target.value)}
          onDragOver={(event) => event.preventDefault()}
          onDrop={drop}
          onScroll={(event) => {
            if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      <ul id="plan-problems" className="problems" aria-live="polite">
        {problems.map((problem) => (
          <li key={`${problem.line} ${problem.message}`}>
            {problem.line ? (
              <button type="button" className="plain" onClick={() => show(problem.line ?? 1)}>
                Line {problem.line}
              </button>
            ) : null}
            <span>{problem.message}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
