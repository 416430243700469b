import { useObserved, useStores } from "./app";
import { Icon } from "./Icon";

export function ToastList() {
  const { toasts } = useStores();
  const shown = useObserved(toasts.shown);
  return (
    <section className="toasts" aria-label="Messages" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className="toast" data-tone={toast.tone} role={toast.tone === "bad" ? "alert" : "status"}>
          <Icon name={toast.tone} />
          <p>{toast.text}</p>
          <button type="button" className="plain" aria-label="Dismiss" onClick={() => toasts.dismiss(toast.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </section>
  );
}
