"""What is elected: the Mazhilis by lists and in 29 constituencies, the maslikhats by lists and in constituencies.

The Mazhilis lists and their order are real. How many seats and constituencies a maslikhat has, where constituencies
run and who stands in them is invented; candidates' names say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from samples.kz_2023.chance import dice, happens, whole
from samples.kz_2023.country import ABROAD, CITIES_OF_REPUBLICAN_SIGNIFICANCE, Area, Country, Station, country
from samples.kz_2023.facts import Names, list_result, regions

MAZHILIS_LIST = "mazhilis-list"
AGAINST_ALL = "against_all"
MAZHILIS_LIST_SEATS = 69
THRESHOLD_PERCENT = 5

# Chosen to be told apart, on paper and by colour-blind eyes; not the parties' own.
PARTY_COLOURS = {
    "amanat": "#1b7fb8",
    "auyl": "#e3a008",
    "respublica": "#d9541e",
    "aqjol": "#12355b",
    "qhp": "#b3122a",
    "nsdp": "#8a5aa8",
    "baytaq": "#2f8f4e",
    "against_all": "#7d7d7d",
}
COLOURS = {
    "mazhilis-list": "#1b6ca8",
    "mazhilis-okrug": "#0f8a7e",
    "maslikhat-list": "#a86b1b",
    "maslikhat-okrug": "#8c3f6d",
    "district-okrug": "#5f7a1f",
}
# Of one ballot the secretary and the chair each key the protocol: so that both ways can be seen on one night.
KEYED_TWICE = frozenset({"mazhilis-okrug"})


@dataclass(frozen=True)
class Choice:
    code: str
    kind: str
    names: Names
    registration_order: int | None
    party: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Contest:
    code: str
    kind: str
    """`party_list` or `plurality`."""
    series: str
    """Which of a voter's ballots it is: a key of COLOURS."""
    seats: int
    names: Names
    choices: tuple[Choice, ...]
    places: tuple[str, ...]
    """Areas wholly inside and, where a border runs through a district, single stations."""
    stations: tuple[Station, ...]

    @property
    def colour(self) -> str:
        return COLOURS[self.series]

    @property
    def entry(self) -> str:
        """Whether two people of a station key the protocol independently, or one does."""
        return "double" if self.series in KEYED_TWICE else "single"


@cache
def contests() -> tuple[Contest, ...]:
    """All contests, the Mazhilis first."""
    land = country()
    return (
        _mazhilis_list(land),
        *sorted(_mazhilis_constituencies(land), key=lambda contest: contest.code),
        *_regional_lists(land),
        *_regional_constituencies(land),
        *_district_constituencies(land),
    )


@cache
def contest(code: str) -> Contest:
    """The contest with this code. Raises KeyError when there is none."""
    for candidate in contests():
        if candidate.code == code:
            return candidate
    raise KeyError(code)


def _mazhilis_list(land: Country) -> Contest:
    return Contest(
        code=MAZHILIS_LIST,
        kind="party_list",
        series="mazhilis-list",
        seats=MAZHILIS_LIST_SEATS,
        names=Names("Mazhilis: party lists", "Мәжіліс: партиялық тізімдер", "Мажилис: партийные списки"),
        choices=_lists([row.choice for row in list_result() if row.choice != AGAINST_ALL]),
        places=("kz",),
        stations=land.stations,
    )


def _mazhilis_constituencies(land: Country) -> Iterator[Contest]:
    for region in regions():
        if region.code == ABROAD:
            continue
        parts = _contiguous(land.stations_of(region.code), len(region.mazhilis_okrugs))
        for number, part in zip(region.mazhilis_okrugs, parts, strict=True):
            places = _cover(land, region.code, part)
            stations = part
            if number == 1:
                places = (*places, ABROAD)
                stations = [*part, *land.stations_of(ABROAD)]
            yield _constituency(
                code=f"mazhilis-okrug-{number:02}",
                series="mazhilis-okrug",
                names=_numbered(Names("Mazhilis", "Мәжіліс", "Мажилис"), number),
                candidates=(5, 11),
                places=places,
                stations=stations,
            )


def _regional_lists(land: Country) -> Iterator[Contest]:
    for region in land.regions():
        if region.code == ABROAD:
            continue
        of = _maslikhat(region)
        stations = land.stations_of(region.code)
        yield Contest(
            code=f"maslikhat-list-{region.code}",
            kind="party_list",
            series="maslikhat-list",
            seats=_regional_seats(stations),
            names=Names(f"{of.en}: party lists", f"{of.kk}: партиялық тізімдер", f"{of.ru}: партийные списки"),
            choices=_lists(_regional_parties(region.code)),
            places=(region.code,),
            stations=tuple(stations),
        )


def _regional_constituencies(land: Country) -> Iterator[Contest]:
    for region in land.regions():
        if region.code == ABROAD:
            continue
        stations = land.stations_of(region.code)
        for number, part in enumerate(_contiguous(stations, _regional_seats(stations)), start=1):
            yield _constituency(
                code=f"maslikhat-okrug-{region.code}-{number:02}",
                series="maslikhat-okrug",
                names=_numbered(_maslikhat(region), number),
                candidates=(3, 6),
                places=_cover(land, region.code, part),
                stations=part,
            )


def _district_constituencies(land: Country) -> Iterator[Contest]:
    for region in land.regions():
        if region.code == ABROAD or region.code in CITIES_OF_REPUBLICAN_SIGNIFICANCE:
            continue
        for district in land.districts(region.code):
            stations = land.stations_of(district.code)
            for number, part in enumerate(_contiguous(stations, _district_seats(stations)), start=1):
                yield _constituency(
                    code=f"district-okrug-{district.code}-{number:02}",
                    series="district-okrug",
                    names=_numbered(_maslikhat(district), number),
                    candidates=(2, 4),
                    places=_cover(land, region.code, part),
                    stations=part,
                )


def _regional_seats(stations: Sequence[Station]) -> int:
    """Half of the maslikhat's seats: as many by lists as in constituencies."""
    return min(22, max(14, len(stations) // 30))


def _district_seats(stations: Sequence[Station]) -> int:
    return min(len(stations), 20, max(5, len(stations) // 5))


def _regional_parties(region: str) -> list[str]:
    """Every list but, in some regions, one or two of the smaller ones."""
    random = dice("lists", region)
    everywhere = {"amanat", "auyl", "aqjol"}
    parties = [row.choice for row in list_result() if row.choice != AGAINST_ALL]
    return [party for party in parties if party in everywhere or happens(random, 0.75)]


def _lists(parties: Sequence[str]) -> tuple[Choice, ...]:
    names = {row.choice: row.names for row in list_result()}
    lists = [
        Choice(party, "list", names[party], order, party=names[party].en, colour=PARTY_COLOURS[party])
        for order, party in enumerate(parties, start=1)
    ]
    return (*lists, _against_all())


def _against_all() -> Choice:
    names = next(row.names for row in list_result() if row.choice == AGAINST_ALL)
    return Choice(AGAINST_ALL, "against_all", names, None, colour=PARTY_COLOURS[AGAINST_ALL])


def _constituency(
    *,
    code: str,
    series: str,
    names: Names,
    candidates: tuple[int, int],
    places: tuple[str, ...],
    stations: Sequence[Station],
) -> Contest:
    random = dice("candidates", code)
    parties = [row for row in list_result() if row.choice != AGAINST_ALL]
    # The parties first, in order, then those who nominated themselves.
    people = [
        Choice(
            code=f"candidate-{order}",
            kind="candidate",
            names=Names(
                f"Candidate No. {order} (invented)",
                f"№ {order} кандидат (ойдан шығарылған)",
                f"Кандидат № {order} (вымышленный)",
            ),
            registration_order=order,
            party=parties[order - 1].names.en if order <= len(parties) and happens(random, 0.8) else "",
        )
        for order in range(1, whole(random, *candidates) + 1)
    ]
    return Contest(
        code=code,
        kind="plurality",
        series=series,
        seats=1,
        names=names,
        choices=(*people, _against_all()),
        places=places,
        stations=tuple(stations),
    )


def _contiguous(stations: Sequence[Station], parts: int) -> list[list[Station]]:
    """Cut a row of stations into parts of nearly equal numbers of voters, none of them empty."""
    remaining = sum(station.registered_voters for station in stations)
    found: list[list[Station]] = []
    start = 0
    for left in range(parts, 1, -1):
        share, end, size = remaining / left, start, 0
        last = len(stations) - (left - 1)
        while end < last and (end == start or size + stations[end].registered_voters / 2 <= share):
            size += stations[end].registered_voters
            end += 1
        found.append(list(stations[start:end]))
        remaining -= size
        start = end
    return [*found, list(stations[start:])]


def _cover(land: Country, region: str, stations: Sequence[Station]) -> tuple[str, ...]:
    """The fewest areas and stations that name exactly these stations of one region."""
    inside = {station.code for station in stations}
    if inside.issuperset(station.code for station in land.stations_of(region)):
        return (region,)
    places: list[str] = []
    for district in dict.fromkeys(station.district for station in stations):
        of_district = [station.code for station in land.stations_of(district)]
        if inside.issuperset(of_district):
            places.append(district)
        else:
            places.extend(code for code in of_district if code in inside)
    return tuple(places)


def _maslikhat(area: Area) -> Names:
    return Names(f"Maslikhat of {area.of.en}", f"{area.of.kk} мәслихаты", f"Маслихат {area.of.ru}")


def _numbered(body: Names, number: int) -> Names:
    return Names(
        f"{body.en}: constituency No. {number}",
        f"{body.kk}: № {number} сайлау округі",
        f"{body.ru}: избирательный округ № {number}",
    )
