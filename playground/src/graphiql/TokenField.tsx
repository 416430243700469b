import { type FormEvent, useId, useState } from "react";

interface Props {
  readonly token: string;
  onToken(token: string): void;
}

/** Where the caller says who it is; kept for this tab alone. */
export function TokenField({ token, onToken }: Props) {
  const [text, setText] = useState(token);
  const id = useId();

  function submit(event: FormEvent) {
    event.preventDefault();
    onToken(text.trim().replace(/^Bearer\s+/i, ""));
  }

  return (
    <form className="token" onSubmit={submit}>
      <label htmlFor={id}>Token</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="none"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" disabled={text.trim() === token}>
        Use
      </button>
    </form>
  );
}
