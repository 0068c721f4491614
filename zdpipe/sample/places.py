"""Where the sample's customers live: cities with state, postal prefix and telephone area code."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A city; `share` is in percent of all customers, and abroad there is no state and no area code."""

    share: int
    city: str
    state: str | None
    state_name: str | None
    postal: str
    area: str | None
    country: str = "US"


PLACES = (
    Place(9, "Seattle", "WA", "Washington", "981", "206"),
    Place(6, "New York", "NY", "New York", "100", "212"),
    Place(6, "Los Angeles", "CA", "California", "900", "213"),
    Place(5, "Chicago", "IL", "Illinois", "606", "312"),
    Place(5, "Houston", "TX", "Texas", "770", "713"),
    Place(4, "Phoenix", "AZ", "Arizona", "850", "602"),
    Place(4, "Philadelphia", "PA", "Pennsylvania", "191", "215"),
    Place(3, "San José", "CA", "California", "951", "408"),
    Place(3, "Boston", "MA", "Massachusetts", "021", "617"),
    Place(3, "Miami", "FL", "Florida", "331", "305"),
    Place(3, "Atlanta", "GA", "Georgia", "303", "404"),
    Place(3, "Denver", "CO", "Colorado", "802", "303"),
    Place(3, "Portland", "OR", "Oregon", "972", "503"),
    Place(2, "Portland", "ME", "Maine", "041", "207"),
    Place(2, "St. Louis", "MO", "Missouri", "631", "314"),
    Place(2, "Charlotte", "NC", "North Carolina", "282", "704"),
    Place(2, "Washington", "DC", "District of Columbia", "200", "202"),
    Place(2, "Salt Lake City", "UT", "Utah", "841", "801"),
    Place(2, "Albuquerque", "NM", "New Mexico", "871", "505"),
    Place(2, "Charleston", "WV", "West Virginia", "253", "304"),
    Place(2, "Newark", "NJ", "New Jersey", "071", "201"),
    Place(2, "Detroit", "MI", "Michigan", "482", "313"),
    Place(2, "Minneapolis", "MN", "Minnesota", "554", "612"),
    Place(2, "Nashville", "TN", "Tennessee", "372", "615"),
    Place(2, "New Orleans", "LA", "Louisiana", "701", "504"),
    Place(2, "Las Vegas", "NV", "Nevada", "891", "702"),
    Place(2, "Cleveland", "OH", "Ohio", "441", "216"),
    Place(2, "Coeur d'Alene", "ID", "Idaho", "838", "208"),
    Place(1, "Honolulu", "HI", "Hawaii", "968", "808"),
    Place(1, "Anchorage", "AK", "Alaska", "995", "907"),
    Place(1, "San Juan", "PR", "Puerto Rico", "009", "787"),
    Place(1, "Fargo", "ND", "North Dakota", "581", "701"),
    Place(1, "Providence", "RI", "Rhode Island", "029", "401"),
    Place(2, "Toronto", "ON", "Ontario", "M5V", "416", "CA"),
    Place(1, "Montréal", "QC", "Québec", "H2Y", "514", "CA"),
    Place(1, "Vancouver", "BC", "British Columbia", "V6B", "604", "CA"),
    Place(1, "Halifax", "NS", "Nova Scotia", "B3H", "902", "CA"),
    Place(1, "London", None, None, "SW1A 2AA", None, "GB"),
    Place(1, "Ciudad de México", None, None, "06000", None, "MX"),
    Place(1, "München", None, None, "80331", None, "DE"),
)
