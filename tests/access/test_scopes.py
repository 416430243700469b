import pytest

from phaseboard.access.scopes import ALL_SCOPES, Scope, UnknownScope, allows, scopes_of


def test_scopes_are_read_each_once_and_in_order():
    assert scopes_of(["tasks:report", "releases:read", "tasks:report"]) == (Scope.READ, Scope.REPORT)
    assert scopes_of(ALL_SCOPES) == ALL_SCOPES


@pytest.mark.parametrize("text", ["", "read", "releases:*", "ADMIN", "admin ", "releases:read,admin"])
def test_other_texts_are_no_scopes(text: str):
    with pytest.raises(UnknownScope, match="there are releases:read, releases:write, tasks:report, admin"):
        scopes_of([text])


@pytest.mark.parametrize("needed", Scope)
def test_admin_allows_everything_and_each_other_scope_itself(needed: Scope):
    assert allows(["admin"], needed)
    for scope in (Scope.READ, Scope.WRITE, Scope.REPORT):
        assert allows([scope], needed) == (scope is needed)
    assert not allows([], needed)
