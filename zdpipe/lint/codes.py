"""The one table of rules. A code is a promise: it is never given to another rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zdpipe.lint.rules.ambiguous_column import AmbiguousColumn
from zdpipe.lint.rules.amperity_id_from_elsewhere import AmperityIdFromElsewhere
from zdpipe.lint.rules.attribute_table_cycle import AttributeTableCycle
from zdpipe.lint.rules.changes_every_run import ChangesEveryRun
from zdpipe.lint.rules.column_unknown_to_zendesk import ColumnUnknownToZendesk
from zdpipe.lint.rules.custom_field_in_attribute_table import CustomFieldInAttributeTable
from zdpipe.lint.rules.custom_field_type import CustomFieldType
from zdpipe.lint.rules.data_in_query import DataInQuery
from zdpipe.lint.rules.duplicate_output_column import DuplicateOutputColumn
from zdpipe.lint.rules.email_is_only_identity import EmailIsOnlyIdentity
from zdpipe.lint.rules.email_without_verified import EmailWithoutVerified
from zdpipe.lint.rules.external_id_not_amperity_id import ExternalIdNotAmperityId
from zdpipe.lint.rules.first_column_not_amperity_id import FirstColumnNotAmperityId
from zdpipe.lint.rules.group_repeats_identity import GroupRepeatsIdentity
from zdpipe.lint.rules.guarded_field import GuardedField
from zdpipe.lint.rules.inactive_custom_field import InactiveCustomField
from zdpipe.lint.rules.limit_without_order import LimitWithoutOrder
from zdpipe.lint.rules.malformed_column_name import MalformedColumnName
from zdpipe.lint.rules.malformed_custom_field import MalformedCustomField
from zdpipe.lint.rules.missing_custom_field import MissingCustomField
from zdpipe.lint.rules.missing_identity import MissingIdentity
from zdpipe.lint.rules.missing_name import MissingName
from zdpipe.lint.rules.not_a_select import NotASelect
from zdpipe.lint.rules.not_understood import NotUnderstood
from zdpipe.lint.rules.number_for_text import NumberForText
from zdpipe.lint.rules.outside_access import OutsideAccess
from zdpipe.lint.rules.parse_error import ParseError
from zdpipe.lint.rules.repeated_customer import RepeatedCustomer
from zdpipe.lint.rules.rounded_float import RoundedFloat
from zdpipe.lint.rules.select_star import SelectStar
from zdpipe.lint.rules.several_statements import SeveralStatements
from zdpipe.lint.rules.system_name_as_key import SystemNameAsKey
from zdpipe.lint.rules.table_name_clash import TableNameClash
from zdpipe.lint.rules.text_for_boolean import TextForBoolean
from zdpipe.lint.rules.tied_row_number import TiedRowNumber
from zdpipe.lint.rules.timestamp_for_date import TimestampForDate
from zdpipe.lint.rules.too_many_custom_fields import TooManyCustomFields
from zdpipe.lint.rules.unaliased_expression import UnaliasedExpression
from zdpipe.lint.rules.ungrouped_column import UngroupedColumn
from zdpipe.lint.rules.unknown_column import UnknownColumn
from zdpipe.lint.rules.unknown_field import UnknownField
from zdpipe.lint.rules.unknown_function import UnknownFunction
from zdpipe.lint.rules.unknown_noqa import UnknownNoqa
from zdpipe.lint.rules.unknown_option import UnknownOption
from zdpipe.lint.rules.unknown_table import UnknownTable
from zdpipe.lint.rules.unsendable_field import UnsendableField
from zdpipe.lint.rules.unsendable_type import UnsendableType
from zdpipe.lint.rules.unstable_row_number import UnstableRowNumber
from zdpipe.lint.rules.untranslatable import Untranslatable
from zdpipe.lint.rules.unused_noqa import UnusedNoqa
from zdpipe.lint.rules.wrong_case import WrongCase

if TYPE_CHECKING:
    from zdpipe.lint.rule import Rule

# 1xx the shape of the SQL · 2xx attribute tables · 3xx the mapping to Zendesk's fields · 4xx determinism
# 5xx data types · 6xx safety · 7xx the account
RULES: dict[str, type[Rule]] = {
    "ZD101": ParseError,
    "ZD102": SeveralStatements,
    "ZD103": NotASelect,
    "ZD104": SelectStar,
    "ZD105": UnaliasedExpression,
    "ZD106": DuplicateOutputColumn,
    "ZD107": UnknownTable,
    "ZD108": UnknownColumn,
    "ZD109": AmbiguousColumn,
    "ZD110": UnusedNoqa,
    "ZD111": UnknownNoqa,
    "ZD112": Untranslatable,
    "ZD113": UnknownFunction,
    "ZD114": UngroupedColumn,
    "ZD115": NotUnderstood,
    "ZD201": FirstColumnNotAmperityId,
    "ZD202": MalformedColumnName,
    "ZD203": CustomFieldInAttributeTable,
    "ZD204": ColumnUnknownToZendesk,
    "ZD205": TableNameClash,
    "ZD206": AttributeTableCycle,
    "ZD207": AmperityIdFromElsewhere,
    "ZD208": RepeatedCustomer,
    "ZD301": MissingName,
    "ZD302": MissingIdentity,
    "ZD303": UnknownField,
    "ZD304": UnsendableField,
    "ZD305": MalformedCustomField,
    "ZD306": WrongCase,
    "ZD307": ExternalIdNotAmperityId,
    "ZD308": EmailIsOnlyIdentity,
    "ZD309": TooManyCustomFields,
    "ZD310": SystemNameAsKey,
    "ZD311": EmailWithoutVerified,
    "ZD401": LimitWithoutOrder,
    "ZD402": ChangesEveryRun,
    "ZD403": UnstableRowNumber,
    "ZD404": GroupRepeatsIdentity,
    "ZD405": TiedRowNumber,
    "ZD501": NumberForText,
    "ZD502": TextForBoolean,
    "ZD503": UnsendableType,
    "ZD504": RoundedFloat,
    "ZD505": TimestampForDate,
    "ZD601": GuardedField,
    "ZD602": OutsideAccess,
    "ZD603": DataInQuery,
    "ZD701": MissingCustomField,
    "ZD702": InactiveCustomField,
    "ZD703": CustomFieldType,
    "ZD704": UnknownOption,
}


def find_rule(code_or_name: str) -> type[Rule] | None:
    """Return the rule of a code such as ZD104, or of a name such as select-star, in any case."""
    word = code_or_name.strip()
    named = (rule for rule in RULES.values() if rule.name == word.lower())
    return RULES.get(word.upper()) or next(named, None)
