"""Codes and names of the states of the US and the provinces of Canada.

The codes are those of the postal services: USPS Publication 28, appendix B, and the Canada Post addressing
guidelines.
"""

from __future__ import annotations

UNITED_STATES = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
}
POSSESSIONS = {
    "AS": "American Samoa",
    "FM": "Federated States of Micronesia",
    "GU": "Guam",
    "MH": "Marshall Islands",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "PW": "Palau",
    "VI": "Virgin Islands",
}
MILITARY = {
    "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe",
    "AP": "Armed Forces Pacific",
}
CANADA = {
    "AB": "Alberta",
    "BC": "British Columbia",
    "MB": "Manitoba",
    "NB": "New Brunswick",
    "NL": "Newfoundland and Labrador",
    "NS": "Nova Scotia",
    "NT": "Northwest Territories",
    "NU": "Nunavut",
    "ON": "Ontario",
    "PE": "Prince Edward Island",
    "QC": "Quebec",
    "SK": "Saskatchewan",
    "YT": "Yukon",
}
OTHER_NAMES = {
    "Washington DC": "DC",
    "Washington, DC": "DC",
    "US Virgin Islands": "VI",
    "United States Virgin Islands": "VI",
    "Commonwealth of the Northern Mariana Islands": "MP",
    "Micronesia": "FM",
    "Armed Forces the Americas": "AA",
    "Armed Forces of the Americas": "AA",
    "Newfoundland": "NL",
    "Newfoundland & Labrador": "NL",
    "Labrador": "NL",
    "PEI": "PE",
    "Québec": "QC",
    "Que\u0301bec": "QC",
    "Yukon Territory": "YT",
    "Île-du-Prince-Édouard": "PE",
    "Colombie-Britannique": "BC",
    "Nouvelle-Écosse": "NS",
    "Nouveau-Brunswick": "NB",
    "Terre-Neuve-et-Labrador": "NL",
}


def _spellings() -> dict[str, str]:
    known = UNITED_STATES | POSSESSIONS | MILITARY | CANADA
    names = {name.upper(): code for code, name in known.items()}
    others = {name.upper(): code for name, code in OTHER_NAMES.items()}
    return {code: code for code in known} | names | others


CODES: dict[str, str] = _spellings()
