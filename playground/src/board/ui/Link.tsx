import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from "react";
import { go } from "../store/route";

interface Props extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string;
  readonly children: ReactNode;
}

/** A link within the board: an ordinary one for new tabs and for those who copy it. */
export function Link({ to, children, ...others }: Props) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...others} href={to} onClick={follow}>
      {children}
    </a>
  );
}
