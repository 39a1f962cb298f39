"""Areas and stations: real names and totals from the facts, everything below a region's totals made plausible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from samples.kz_2023.chance import dice, noise
from samples.kz_2023.facts import DistrictFacts, Names, RegionFacts, districts, regions
from samples.kz_2023.rounding import spread

NATION = "kz"
ABROAD = "99"
CITIES_OF_REPUBLICAN_SIGNIFICANCE = frozenset({"71", "75", "79"})

# In March 2023 five western regions kept their clocks an hour behind the rest.
REGION_ZONES = {
    "15": "Asia/Aqtobe",
    "23": "Asia/Atyrau",
    "27": "Asia/Oral",
    "43": "Asia/Qyzylorda",
    "47": "Asia/Aqtau",
}
DEFAULT_ZONE = "Asia/Almaty"

# A map of equal squares: east to the right, south downwards.
TILES = {
    "39": (2, 0), "59": (3, 0), "55": (4, 0),
    "27": (0, 1), "15": (1, 1), "11": (2, 1), "71": (3, 1), "10": (4, 1), "63": (5, 1),
    "23": (0, 2), "43": (1, 2), "62": (2, 2), "35": (3, 2), "33": (4, 2),
    "47": (0, 3), "61": (2, 3), "31": (3, 3), "19": (4, 3),
    "79": (2, 4), "75": (4, 4), "99": (6, 4),
}  # fmt: skip

# The law allows at most three thousand voters at a station.
LARGEST_STATION = 3000
SMALLEST_STATION = 25
FEWEST_STATIONS = 5
# Voters a station below which a rural district counts as one of hamlets.
SPARSE = 700
TYPICAL_URBAN_STATION = 1900
TYPICAL_RURAL_STATION = 650

# How many times an ordinary district's voters live in a city; invented, only the order of size is meant.
REGIONAL_CENTRE = 5.0
OTHER_CITY = 1.2
UNUSUAL_CITIES = {"191000000": 0.7, "611000000": 1.6, "101800000": 0.2, "352100000": 0.2, "331800000": 0.4}

# Declined names that no rule of grammar yields.
OF_DISTRICT_RU = {
    "Турар Рыскулов": "Турара Рыскулова",
    "Беимбет Майлин": "Беимбета Майлина",
    "Магжан Жумабаев": "Магжана Жумабаева",
    "Габит Мусрепов": "Габита Мусрепова",
}


@dataclass(frozen=True)
class Area:
    code: str
    parent: str
    level: str
    kind: str
    names: Names
    of: Names
    """The name in the possessive, as "maslikhat of …" needs it."""


@dataclass(frozen=True)
class Station:
    code: str
    region: str
    district: str
    names: Names
    registered_voters: int
    time_zone: str
    abroad: bool
    urban: bool


@dataclass(frozen=True)
class Country:
    areas: tuple[Area, ...]
    stations: tuple[Station, ...]

    def regions(self) -> list[Area]:
        return [area for area in self.areas if area.level == "region"]

    def districts(self, region: str) -> list[Area]:
        return [area for area in self.areas if area.parent == region]

    def stations_of(self, area: str) -> list[Station]:
        """The stations of a region or district, in the order of their numbers."""
        return self._by_area[area]

    @cached_property
    def _by_area(self) -> dict[str, list[Station]]:
        found: dict[str, list[Station]] = {}
        for station in self.stations:
            found.setdefault(station.region, []).append(station)
            found.setdefault(station.district, []).append(station)
        return found


@dataclass(frozen=True)
class _AbroadCity:
    names: Names
    time_zone: str
    stations: int


# Missions with polling stations; which cities and how many stations in each is invented.
ABROAD_CITIES = tuple(
    _AbroadCity(Names(en, kk, ru), zone, stations)
    for en, kk, ru, zone, stations in (
        ("Moscow", "Мәскеу", "Москва", "Europe/Moscow", 6),
        ("Saint Petersburg", "Санкт-Петербург", "Санкт-Петербург", "Europe/Moscow", 3),
        ("Omsk", "Омбы", "Омск", "Asia/Omsk", 2),
        ("Tashkent", "Ташкент", "Ташкент", "Asia/Tashkent", 3),
        ("Bishkek", "Бішкек", "Бишкек", "Asia/Bishkek", 3),
        ("Baku", "Баку", "Баку", "Asia/Baku", 2),
        ("Beijing", "Бейжің", "Пекин", "Asia/Shanghai", 3),
        ("Shanghai", "Шанхай", "Шанхай", "Asia/Shanghai", 2),
        ("Urumqi", "Үрімші", "Урумчи", "Asia/Shanghai", 1),
        ("Seoul", "Сеул", "Сеул", "Asia/Seoul", 4),
        ("Tokyo", "Токио", "Токио", "Asia/Tokyo", 2),
        ("Kuala Lumpur", "Куала-Лумпур", "Куала-Лумпур", "Asia/Kuala_Lumpur", 2),
        ("Delhi", "Дели", "Дели", "Asia/Kolkata", 1),
        ("Dubai", "Дубай", "Дубай", "Asia/Dubai", 3),
        ("Ankara", "Анкара", "Анкара", "Europe/Istanbul", 3),
        ("Istanbul", "Ыстанбұл", "Стамбул", "Europe/Istanbul", 5),
        ("Cairo", "Каир", "Каир", "Africa/Cairo", 2),
        ("Warsaw", "Варшава", "Варшава", "Europe/Warsaw", 3),
        ("Prague", "Прага", "Прага", "Europe/Prague", 4),
        ("Vienna", "Вена", "Вена", "Europe/Vienna", 2),
        ("Berlin", "Берлин", "Берлин", "Europe/Berlin", 4),
        ("Frankfurt", "Франкфурт", "Франкфурт", "Europe/Berlin", 3),
        ("Paris", "Париж", "Париж", "Europe/Paris", 3),
        ("Rome", "Рим", "Рим", "Europe/Rome", 2),
        ("London", "Лондон", "Лондон", "Europe/London", 4),
        ("Washington", "Вашингтон", "Вашингтон", "America/New_York", 2),
        ("New York", "Нью-Йорк", "Нью-Йорк", "America/New_York", 3),
    )
)


@cache
def country() -> Country:
    """Every area, parents before children, and every station, district by district."""
    areas = [Area(NATION, "", "nation", "nation", NATION_NAMES, NATION_NAMES)]
    stations: list[Station] = []
    for region in regions():
        areas.append(_region_area(region))
        if region.code == ABROAD:
            areas.append(Area("99-abroad", ABROAD, "district", "abroad", ABROAD_NAMES, ABROAD_NAMES))
            stations.extend(_stations_abroad(region))
            continue
        beneath = [district for district in districts() if district.region == region.code]
        areas.extend(_district_area(district) for district in beneath)
        stations.extend(_stations_at_home(region, beneath))
    return Country(tuple(areas), tuple(stations))


NATION_NAMES = Names("Kazakhstan", "Қазақстан", "Казахстан")
ABROAD_NAMES = Names("Stations abroad", "Шетелдегі учаскелер", "Участки за рубежом")


def _region_area(region: RegionFacts) -> Area:
    names = region.names
    if region.kind == "region":
        of = Names(names.en, f"{names.kk}ның", _declined_region(names.ru))
    else:
        of = Names(names.en, f"{names.kk} қаласының", f"города {names.ru}")
    return Area(region.code, NATION, "region", region.kind, names, of)


def _declined_region(name: str) -> str:
    return name.replace("ская область", "ской области").replace("область", "области")


def _district_area(district: DistrictFacts) -> Area:
    given = district.names
    if district.kind == "city":
        names = given
        of = Names(given.en, f"{given.kk} қаласының", f"города {given.ru}")
    elif given.ru.endswith("ий"):
        names = Names(f"{given.en} District", f"{given.kk} ауданы", f"{given.ru} район")
        of = Names(names.en, f"{given.kk} ауданының", f"{given.ru.removesuffix('ий')}ого района")
    else:
        declined = OF_DISTRICT_RU.get(given.ru, given.ru)
        names = Names(f"{given.en} District", f"{given.kk} ауданы", f"район {declined}")
        of = Names(names.en, f"{given.kk} ауданының", f"района {declined}")
    return Area(district_code(district), district.region, "district", district.kind.replace(" ", "_"), names, of)


def district_code(district: DistrictFacts) -> str:
    """The classifier's code, or one of our own where the facts have none."""
    return district.kato or f"{district.region}-{district.names.en.lower()}"


def _stations_at_home(region: RegionFacts, beneath: list[DistrictFacts]) -> Iterator[Station]:
    number = 0
    for district, voters, count in _divided(region, beneath):
        urban = district.kind != "district"
        for registered in _station_sizes(district_code(district), voters, count, urban=urban):
            number += 1
            yield Station(
                code=f"{region.code}-{number:04}",
                region=region.code,
                district=district_code(district),
                names=_numbered(number),
                registered_voters=registered,
                time_zone=REGION_ZONES.get(region.code, DEFAULT_ZONE),
                abroad=False,
                urban=urban,
            )


def _divided(region: RegionFacts, beneath: list[DistrictFacts]) -> list[tuple[DistrictFacts, int, int]]:
    """The region's voters and stations divided among its districts and cities."""
    random = dice("districts", region.code)
    weights = [_population(district, first=i == 0) * (1 + 0.35 * noise(random)) for i, district in enumerate(beneath)]
    fewest = FEWEST_STATIONS * SMALLEST_STATION
    many = [region.registered_voters] * len(beneath)
    voters = spread(region.registered_voters, weights, lowest=[fewest] * len(beneath), highest=many)
    wanted = [
        number / (TYPICAL_RURAL_STATION if district.kind == "district" else TYPICAL_URBAN_STATION)
        for district, number in zip(beneath, voters, strict=True)
    ]
    # Enough stations that none need exceed the largest, and no more than can have the fewest voters.
    lowest = [max(FEWEST_STATIONS, -(-number // (LARGEST_STATION - 200))) for number in voters]
    highest = [number // SMALLEST_STATION for number in voters]
    counts = spread(region.stations, wanted, lowest=lowest, highest=highest)
    return list(zip(beneath, voters, counts, strict=True))


def _population(district: DistrictFacts, *, first: bool) -> float:
    if district.kato in UNUSUAL_CITIES:
        return UNUSUAL_CITIES[district.kato]
    if district.kind != "city":
        return 1.0
    return REGIONAL_CENTRE if first else OTHER_CITY


def _station_sizes(district: str, voters: int, count: int, *, urban: bool) -> list[int]:
    random = dice("stations", district)
    room = LARGEST_STATION * count / voters - 1
    if urban:
        weights = [1 + min(0.4, room) * noise(random) for _ in range(count)]
    elif voters > SPARSE * count:
        weights = [1 + min(0.75, room) * noise(random) for _ in range(count)]
    else:
        # Many hamlets, a few large villages.
        weights = [0.12 + 2.6 * random.random() * random.random() * random.random() for _ in range(count)]
    return spread(voters, weights, lowest=[SMALLEST_STATION] * count, highest=[LARGEST_STATION] * count)


def _stations_abroad(region: RegionFacts) -> Iterator[Station]:
    cities = [city for city in ABROAD_CITIES for _ in range(city.stations)]
    if len(cities) != region.stations:
        raise ValueError(f"{len(cities)} stations abroad are named, the facts have {region.stations}")
    random = dice("stations", ABROAD)
    weights = [0.2 + 2 * random.random() * random.random() for _ in cities]
    sizes = spread(region.registered_voters, weights, lowest=[12] * len(cities), highest=[1500] * len(cities))
    for number, (city, registered) in enumerate(zip(cities, sizes, strict=True), start=1):
        plain = _numbered(number)
        yield Station(
            code=f"{ABROAD}-{number:04}",
            region=ABROAD,
            district="99-abroad",
            names=Names(f"{plain.en}, {city.names.en}", f"{plain.kk}, {city.names.kk}", f"{plain.ru}, {city.names.ru}"),
            registered_voters=registered,
            time_zone=city.time_zone,
            abroad=True,
            urban=True,
        )


def _numbered(number: int) -> Names:
    return Names(f"Station No. {number}", f"№ {number} сайлау учаскесі", f"Избирательный участок № {number}")
