import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useState } from "react";
import { useServer } from "./context";
import { EXAMPLES, type Example } from "./examples";
import { fill } from "./finding";
import { isUntouched } from "./welcome";

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 5.5A1.5 1.5 0 0 1 5.5 4H20v13H5.5A1.5 1.5 0 0 0 4 18.5zm0 13A1.5 1.5 0 0 0 5.5 20H20v-3" />
      <path d="m10 8 4 2.5-4 2.5z" />
    </svg>
  );
}

/** Shows what stands between backticks as code. */
function worded(text: string) {
  return text.split("`").map((piece, index) => (index % 2 ? <code key={index}>{piece}</code> : piece));
}

/** The curated examples: a click opens one in a tab, with ids that this server has. */
function Panel() {
  const { queryEditor, variableEditor } = useGraphiQL(pick("queryEditor", "variableEditor"));
  const { addTab } = useGraphiQLActions();
  const { ask } = useServer();
  const [problem, setProblem] = useState<string | null>(null);

  async function open(example: Example) {
    setProblem(null);
    const variables = await fill(example.variables, ask).catch((error: Error) => {
      setProblem(`No ids were filled in: ${error.message}`);
      return example.variables;
    });
    if (!isUntouched(queryEditor?.getValue() ?? "")) addTab();
    queryEditor?.setValue(example.document);
    variableEditor?.setValue(variables ? JSON.stringify(variables, null, 2) : "");
    queryEditor?.focus();
  }

  return (
    <section aria-label="Examples" className="examples">
      <h2>Examples</h2>
      <p>A click opens one, with ids of releases that fit it. Ctrl-Enter runs it.</p>
      {problem && <p role="alert">{problem}</p>}
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => void open(example)}>
              <span className={`kind ${example.kind}`}>{example.kind}</span>
              <strong>{example.title}</strong>
              <span>{worded(example.text)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: "Examples", icon: Icon, content: Panel };
