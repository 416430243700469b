import type { Demo } from "../store/demo";
import { useObserved } from "./app";

/** How fast the clock of a demo runs. */
export function DemoSpeed({ demo }: { demo: Demo }) {
  const { speed, speeds } = useObserved(demo.pace);
  return (
    <div className="speed" role="group" aria-label="Speed of the demo's clock">
      <span aria-hidden="true">Demo</span>
      {speeds.map((one) => (
        <button
          key={one}
          type="button"
          className="plain"
          aria-pressed={one === speed}
          aria-label={one === 1 ? "1×, real time" : `${one}× as fast`}
          onClick={() => void demo.runAt(one)}
        >
          {one}×
        </button>
      ))}
    </div>
  );
}
