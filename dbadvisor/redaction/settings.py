"""Which settings a redacted snapshot keeps."""

import re

from dbadvisor.model.snapshot import Setting

_TEXT_SETTINGS = frozenset(
    "DateStyle IntervalStyle TimeZone default_text_search_config lc_collate lc_ctype server_encoding search_path"
    " shared_preload_libraries default_table_access_method".split()
)
_FREE_SETTINGS = frozenset(
    "application_name cluster_name bonjour_name event_source syslog_ident log_timezone timezone_abbreviations"
    " primary_slot_name default_tablespace temp_tablespaces role session_authorization".split()
)
_PLAIN_SETTING = re.compile(r"-?\d+(\.\d+)?|[a-z_]+")


def kept(setting: Setting) -> bool:
    """Numbers, switches and words out of a fixed list; no free texts, and none of the users' own settings."""
    if setting.name in _TEXT_SETTINGS:
        return True
    custom = "." in setting.name
    return not custom and setting.name not in _FREE_SETTINGS and _PLAIN_SETTING.fullmatch(setting.value) is not None
