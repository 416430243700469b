export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 24 24" aria-hidden="true">
      <rect x="2" y="4" width="6" height="16" rx="2" />
      <rect x="9.5" y="4" width="6" height="11" rx="2" />
      <rect x="17" y="4" width="5" height="6" rx="2" />
    </svg>
  );
}
