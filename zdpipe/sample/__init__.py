"""A made-up `Customer_360` that is as messy as real data, for demonstrations, tests and measurements.

Everything is drawn inside DuckDB from row number and seed. Names come in a dozen scripts. Nobody can be
reached: e-mail addresses lie in the domains reserved for documentation, telephones in exchange 555 and in
ranges set aside for fiction.
`amperity_id` is a UUID kept as text, because a UUID column could not hold two ids that differ only in case.

Of a thousand rows about
    15  are of a family member: another id with the e-mail address of an earlier row
    20  are an earlier person with another e-mail address
    10  repeat an earlier row exactly,  5 with another telephone,  3 with the id in capitals
    32  have no name
    30  have no e-mail address,  15 a malformed one
    50  have no telephone, 125 one that nobody could call
    40  have no state or a made-up one, 165 one that is not written as two capitals
    40  have no lifetime value, or one that is NaN or infinite
"""

from zdpipe.sample.summary import SampleSummary
from zdpipe.sample.write import write_sample

__all__ = ["SampleSummary", "write_sample"]
