"""What the settings of all built-in executors have in common; plug-ins may use it too."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ExecutorSettings(BaseModel):
    """Settings as plans write them under `with`: keys in camelCase, unknown ones refused, types taken as they stand."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)
