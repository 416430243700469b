import type { ReactNode } from "react";
import { graphiqlAddress, PANEL_OPERATIONS, type Panel as PanelKey } from "../store/graphiql";
import { useStores } from "./app";
import { Icon } from "./Icon";
import { useKeptFocus } from "./useKeptFocus";

interface Props {
  readonly name: PanelKey;
  readonly title: string;
  readonly releaseId: string;
  readonly children: ReactNode;
}

/** A part of the release page, and the way to the operation behind it. */
export function Panel({ name, title, releaseId, children }: Props) {
  const id = `panel-${name}`;
  const { graphiql } = useStores();
  const focus = useKeptFocus<HTMLElement>();
  const Title = name === "status" ? "h1" : "h2";
  return (
    <section className={`panel ${name}`} aria-labelledby={id} {...focus}>
      <header>
        <Title id={id}>{title}</Title>
        {graphiql ? (
          <a className="try" href={graphiqlAddress(PANEL_OPERATIONS[name](releaseId))}>
            <span className="unseen">{title} in </span>GraphiQL <Icon name="out" />
          </a>
        ) : null}
      </header>
      {children}
    </section>
  );
}
