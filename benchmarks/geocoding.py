"""Measure how well addresses are found offline, and print the table.

    python benchmarks/geocoding.py [--seeds N]

Needs the folder of real cases in GRIDSVC_CASES (nyc-retail, zh-addresses); the synthetic part needs nothing. Peers for
parsing, `cpca` and `usaddress`, are asked where they are installed beside us. Peers for places, in the same run:
`interpolation` places a number between its two neighbours on the street of exactly the same spelling, without cleaning,
and knows nothing else; `street` takes the middle of that street.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree

from geo_data.datum_guard import find_wrong_datums
from geo_data.datums import Datum, from_wgs84, to_wgs84
from geo_data.geocoding import AddressQuery, Gazetteer, GeocodeResult, KnownPlaces, Precision
from geo_data.geocoding.certainty import SURE, error_cloud, owner_chances
from geo_data.geocoding.chinese import parse_chinese
from geo_data.geocoding.gazetteer import street_courses
from geo_data.geocoding.western import parse_western
from geo_data.readers import read_table
from geo_data.samples import SyntheticDistrict, make_district

CHECKED = Path(__file__).parents[1] / "tests" / "geo_data" / "geocoding" / "zh_addresses_checked.csv"
STREET_OR_BETTER = (Precision.ADDRESS, Precision.INTERPOLATED, Precision.ESTATE, Precision.STREET)


def distance_m(lon_a: np.ndarray, lat_a: np.ndarray, lon_b: np.ndarray, lat_b: np.ndarray) -> np.ndarray:
    """Return metres between places, good to 0.5 % within a city."""
    east = (lon_a - lon_b) * 111_320 * np.cos(np.radians(lat_b))
    return np.hypot(east, (lat_a - lat_b) * 111_000)


def show(name: str, off_m: np.ndarray, n_asked: int, cpu_s: float) -> None:
    """Print one line of the table."""
    quantiles = np.percentile(off_m, [50, 90]) if len(off_m) else [np.nan, np.nan]
    share = len(off_m) / n_asked
    print(f"  {name:34s} {share:7.1%} {quantiles[0]:9.1f} {quantiles[1]:9.1f} {cpu_s:8.2f}")


def brooklyn(folder: Path, n_seeds: int) -> None:
    """Hide 500 addresses together with all their shops, then ask for them."""
    table = read_table(folder / "nyc-retail" / "shops_nyc.csv.gz", where={"borough": "BROOKLYN"})
    shops = table.frame[["address", "zip_code", "lon", "lat", "coord_ok"]].copy()
    located = shops[shops["coord_ok"] == "True"].reset_index(drop=True)
    lon, lat = located["lon"].to_numpy(float), located["lat"].to_numpy(float)
    parts = [parse_western(text) for text in located["address"]]
    place = np.array([f"{part.number} {part.street}" for part in parts])
    print(f"Brooklyn: {len(located)} located shops, 500 addresses hidden with all their shops")
    print(f"  {'method':34s} {'found':>7s} {'median m':>9s} {'90 % m':>9s} {'CPU s':>8s}")
    grid, stated = CompactGrids(lon, lat, n_grids=12), []
    for seed in range(n_seeds):
        hidden_places = np.random.default_rng(seed).choice(np.unique(place), 500, replace=False)
        hidden = np.isin(place, hidden_places)
        _, asked = np.unique(np.where(hidden, place, ""), return_index=True)
        asked = asked[hidden[asked]]
        known = KnownPlaces(
            addresses=located["address"][~hidden].tolist(), lon=lon[~hidden].tolist(), lat=lat[~hidden].tolist(),
            area_codes=located["zip_code"][~hidden].tolist(),
        )  # fmt: skip
        start_s = time.process_time()
        gazetteer = Gazetteer(known)
        queries = [AddressQuery(text=located["address"][row], area_code=located["zip_code"][row]) for row in asked]
        results = gazetteer.geocode(queries)
        cpu_s = time.process_time() - start_s
        report(f"seed {seed}: gazetteer", results, lon[asked], lat[asked], cpu_s)
        stated += stated_and_true(results, lon[asked], lat[asked], grid)
        for name, peer in (("interpolation", interpolate), ("street", street_middle)):
            start_s = time.process_time()
            points = peer([parts[row] for row in np.flatnonzero(~hidden)], lon[~hidden], lat[~hidden],
                          [parts[row] for row in asked])  # fmt: skip
            cpu_s = time.process_time() - start_s
            found = np.isfinite(points[:, 0])
            off_m = distance_m(points[found, 0], points[found, 1], lon[asked][found], lat[asked][found])
            show(f"seed {seed}: peer {name}", off_m, len(asked), cpu_s)
    print_reliability(stated)
    unlocated = shops[shops["coord_ok"] != "True"]
    gazetteer = Gazetteer(
        KnownPlaces(addresses=located["address"].tolist(), lon=lon.tolist(), lat=lat.tolist(),
                    area_codes=located["zip_code"].tolist())
    )  # fmt: skip
    pairs = zip(unlocated["address"], unlocated["zip_code"], strict=True)
    answers = gazetteer.geocode([AddressQuery(text=text, area_code=code) for text, code in pairs])
    counts = pd.Series([answer.precision.value for answer in answers]).value_counts().to_dict()
    n_reasons = sum(bool(answer.reason) for answer in answers)
    print(f"  {len(answers)} shops without a usable position: {counts}; {n_reasons} with a reason in words")


def report(name: str, results: list[GeocodeResult], lon: np.ndarray, lat: np.ndarray, cpu_s: float) -> None:
    """Print a line for the answers at street level or better, and how often the stated radius holds."""
    found = np.array([result.precision in STREET_OR_BETTER for result in results])
    off_m = distance_m(np.array([r.lon for r in results]), np.array([r.lat for r in results]), lon, lat)
    show(name, off_m[found], len(results), cpu_s)
    radius_m = np.array([result.uncertainty_m for result in results])
    certain = np.array([result.is_certain for result in results])
    for label, rows in (("certain", certain), ("uncertain", found & ~certain)):
        if rows.any():
            inside = (off_m <= radius_m)[rows].mean()
            print(f"    {label}: {rows.sum()} answers, median {np.median(off_m[rows]):.0f} m, "
                  f"stated radius (90 %) holds for {inside:.1%}")  # fmt: skip


def stated_and_true(
    results: list[GeocodeResult], lon: np.ndarray, lat: np.ndarray, grid: CompactGrids
) -> list[tuple[float, bool]]:
    """Return (stated probability, whether it is so) of the likeliest owner of every answer; (0, no) without a point."""
    truth = grid.owner_at(lon, lat)
    pairs = []
    for row, result in enumerate(results):
        chances = owner_chances(result, grid.owner_at(*error_cloud(result)).tolist())
        pairs.append((chances[0][1], bool(chances[0][0] == truth[row])) if chances else (0.0, False))
    return pairs


def print_reliability(pairs: list[tuple[float, bool]]) -> None:
    """Print how often owners stated with a probability are right."""
    share = np.array([pair[0] for pair in pairs])
    is_right = np.array([pair[1] for pair in pairs])
    print("  probability that the named owner is right (12 compact grids): stated against true")
    for low, high in ((0.0, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 0.999), (0.999, 1.01)):
        rows = (share >= low) & (share < high)
        if rows.any():
            print(f"    {low:5.3f} to {min(high, 1):5.3f}: {rows.sum():5d} answers, "
                  f"stated {share[rows].mean():6.1%}, right {is_right[rows].mean():6.1%}")  # fmt: skip


def interpolate(known: list, lon: np.ndarray, lat: np.ndarray, asked: list) -> np.ndarray:
    """Place each number between its two neighbours on the street of the same spelling; NaN where it cannot."""
    rows_of = streets_of(known)
    result = np.full((len(asked), 2), np.nan)
    for row, part in enumerate(asked):
        rows = rows_of.get(part.street, [])
        if not rows or part.number is None:
            continue
        number = np.array([known[k].number for k in rows], dtype=float)
        order = np.argsort(number)
        result[row] = [np.interp(part.number, number[order], axis[rows][order]) for axis in (lon, lat)]
    return result


def street_middle(known: list, lon: np.ndarray, lat: np.ndarray, asked: list) -> np.ndarray:
    """Return the middle of the points on the street of the same spelling; NaN where there is none."""
    rows_of = streets_of(known)
    empty = [np.nan, np.nan]
    return np.array(
        [
            [np.median(lon[rows_of[part.street]]), np.median(lat[rows_of[part.street]])]
            if part.street in rows_of
            else empty
            for part in asked
        ]
    )


def streets_of(known: list) -> dict[str, list[int]]:
    """Return street -> rows of known parts with a number."""
    rows_of: dict[str, list[int]] = defaultdict(list)
    for row, part in enumerate(known):
        if part.street and part.number is not None:
            rows_of[part.street].append(row)
    return rows_of


def full_width(text: str, rng: np.random.Generator) -> str:
    return text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))


def traditional(text: str, rng: np.random.Generator) -> str:
    return text.translate(str.maketrans("贵阳云区号楼栋单华东长", "貴陽雲區號樓棟單華東長"))


def without_heads(text: str, rng: np.random.Generator) -> str:
    return text.removeprefix("贵州省").removeprefix("贵阳市").removeprefix("云岩区")


def without_number_ending(text: str, rng: np.random.Generator) -> str:
    return text.replace("号", "", 1)


def one_wrong_character(text: str, rng: np.random.Generator) -> str:
    body = without_heads(text, rng)
    position = int(rng.choice([k for k, character in enumerate(body) if not character.isdigit()]))
    return body[:position] + "华安新明大"[int(rng.integers(5))] + body[position + 1 :]


def one_character_lost(text: str, rng: np.random.Generator) -> str:
    body = without_heads(text, rng)
    position = int(rng.choice([k for k, character in enumerate(body) if not character.isdigit()]))
    return body[:position] + body[position + 1 :]


def with_noise(text: str, rng: np.random.Generator) -> str:
    return f" {text[:6]} {text[6:]}（旁边有超市）"


PERTURBATIONS: tuple[Callable[[str, np.random.Generator], str], ...] = (
    full_width, traditional, without_heads, without_number_ending, one_wrong_character, one_character_lost, with_noise,
)  # fmt: skip


def synthetic(n_seeds: int, n_asked: int = 1000) -> None:
    """Perturb addresses of the synthetic district, with their shops known and hidden, and ask who owns the place."""
    district = make_district(seed=1)
    shops = district.retailers
    lon, lat = shops["lon"].to_numpy(), shops["lat"].to_numpy()
    grid = CompactGrids(lon, lat, n_grids=12)
    print(f"\nSynthetic district: {n_asked} perturbed addresses a draw; owners of 12 compact grids")
    print("  (bars: right owner first >= 90 %; of the wrong ones >= 95 % flagged, that is stated below "
          f"{SURE:.0%})")  # fmt: skip
    pairs: dict[str, list[tuple[float, bool]]] = {"shops known": [], "shops hidden": []}
    for seed in range(n_seeds):
        rng = np.random.default_rng(seed)
        asked = rng.choice(len(shops), n_asked, replace=False)
        kind = rng.integers(0, len(PERTURBATIONS), n_asked)
        texts = [PERTURBATIONS[k](shops["address"][row], rng) for k, row in zip(kind, asked, strict=True)]
        for label, hidden in (("shops known", np.zeros(0, dtype=int)), ("shops hidden", asked)):
            gazetteer = Gazetteer(known_places(district, np.setdiff1d(np.arange(len(shops)), hidden)))
            results = gazetteer.geocode([AddressQuery(text=text) for text in texts])
            found = stated_and_true(results, lon[asked], lat[asked], grid)
            pairs[label] += found
            print(f"  seed {seed}, {label}: {words_of(found)}")
            if seed == 0:
                is_right = np.array([pair[1] for pair in found])
                shares = {p.__name__: is_right[kind == k].mean() for k, p in enumerate(PERTURBATIONS)}
                print("    " + ", ".join(f"{name} {share:.0%}" for name, share in shares.items()))
    for label, found in pairs.items():
        print(f"  all draws, {label}: {words_of(found)}")
        print_reliability(found)


def words_of(pairs: list[tuple[float, bool]]) -> str:
    """Return how many first owners are right and how many of the wrong and right ones are flagged."""
    is_right = np.array([pair[1] for pair in pairs])
    flagged = np.array([pair[0] < SURE for pair in pairs])
    return (
        f"right owner first {is_right.mean():.1%}; of {(~is_right).sum()} wrong ones {flagged[~is_right].mean():.1%} "
        f"flagged uncertain, of the right ones {flagged[is_right].mean():.1%}"
    )


def known_places(district: SyntheticDistrict, rows: np.ndarray) -> KnownPlaces:
    """Return what an import of the district would give the gazetteer, of these shops only."""
    shops, streets = district.retailers.iloc[rows], district.street_edges
    return KnownPlaces(
        addresses=shops["address"].tolist(), lon=shops["lon"].tolist(), lat=shops["lat"].tolist(),
        area_codes=shops["street_office"].tolist(), street_names=streets["name"].tolist(),
        street_lines=list(shapely.from_wkt(streets["wkt"].to_numpy(dtype=object))),
        areas={str(area.area_code): (str(area.name), area.geometry) for area in district.areas.itertuples(index=False)},
    )  # fmt: skip


# The claimed datum of the file, and the one that 5 % of its rows really are in.
PLANTED = (
    (Datum.WGS84, Datum.GCJ02), (Datum.WGS84, Datum.BD09), (Datum.GCJ02, Datum.WGS84), (Datum.GCJ02, Datum.BD09),
    (Datum.BD09, Datum.WGS84), (Datum.BD09, Datum.GCJ02),
)  # fmt: skip


def wrong_datums(n_seeds: int) -> None:
    """Plant 5 % of rows in a wrong datum among the synthetic shops and count which are found."""
    district = make_district(seed=1)
    shops, streets = district.retailers, district.street_edges
    parts = [parse_chinese(text) for text in shops["address"]]
    office_of = {str(area.area_code): area.geometry for area in district.areas.itertuples(index=False)}
    offices = np.array([office_of[code] for code in shops["street_office"]], dtype=object)
    lines = list(shapely.from_wkt(streets["wkt"].to_numpy(dtype=object)))
    course_of = street_courses(streets["name"].tolist(), lines, parse_chinese)
    courses = np.array([course_of.get(part.street_key) for part in parts], dtype=object)
    print(
        f"\nDatum guard: {len(shops)} synthetic shops, 9 m of noise, 5 % planted in another datum (bar: both >= 95 %)"
    )
    for claimed, really in PLANTED:
        totals = np.zeros(3)
        for seed in range(n_seeds):
            rng = np.random.default_rng(seed)
            is_wrong = rng.random(len(shops)) < 0.05
            lon = shops["lon"].to_numpy() + rng.normal(0, 8e-5, len(shops))
            lat = shops["lat"].to_numpy() + rng.normal(0, 8e-5, len(shops))
            right, wrong = from_wgs84(lon, lat, claimed), from_wgs84(lon, lat, really)
            written = [np.where(is_wrong, w, r) for w, r in zip(wrong, right, strict=True)]
            start_s = time.process_time()
            found = find_wrong_datums(*to_wgs84(*written, claimed), claimed, parts, offices, courses)
            cpu_s = time.process_time() - start_s
            rows = np.array([finding.row for finding in found if finding.likely is really], dtype=int)
            totals += (is_wrong[rows].sum(), is_wrong.sum(), len(found))
            print(f"  file in {claimed.value}, rows in {really.value}, seed {seed}: recall "
                  f"{is_wrong[rows].sum() / is_wrong.sum():.1%}, precision {is_wrong[rows].sum() / len(found):.1%}, "
                  f"{cpu_s:.1f} CPU s")  # fmt: skip
        print(f"  file in {claimed.value}, rows in {really.value}, all: recall {totals[0] / totals[1]:.1%}, "
              f"precision {totals[0] / totals[2]:.1%}")  # fmt: skip


def datums(n_points: int = 1_000_000) -> None:
    """Convert a million points there and back and print what is left, in metres, and the seconds."""
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(74, 134, n_points), rng.uniform(18, 53, n_points)
    print(f"\nDatums: {n_points:,} points over China, there and back (bar: < 0.5 m, seconds)")
    for datum in (Datum.GCJ02, Datum.BD09, Datum.CGCS2000):
        start_s = time.process_time()
        back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
        cpu_s = time.process_time() - start_s
        print(f"  {datum.value:9s} largest error {distance_m(*back, lon, lat).max():.2e} m, {cpu_s:.1f} CPU s")
    out = rng.uniform(-60, 60, 1000), rng.uniform(-50, 50, 1000)
    outside = out[0] < 70
    moved = [from_wgs84(*out, datum)[0][outside] != out[0][outside] for datum in (Datum.GCJ02, Datum.BD09)]
    print(f"  outside China {np.sum(moved)} of {2 * outside.sum()} points are moved")


def five_thousand() -> None:
    """Build the gazetteer of the synthetic district and answer 5,000 addresses."""
    district = make_district(seed=1)
    shops = district.retailers
    start_s = time.process_time()
    gazetteer = Gazetteer(known_places(district, np.arange(0, len(shops), 2)))
    built_s = time.process_time() - start_s
    results = gazetteer.geocode([AddressQuery(text=text) for text in shops["address"]])
    cpu_s = time.process_time() - start_s
    print(
        f"\n{len(results)} addresses, half of their shops known: index {built_s:.1f}, all {cpu_s:.1f} CPU s (bar: 20 s)"
    )


def hostile() -> None:
    """Ask for texts that are no addresses; every one has to be answered with a reason."""
    district = make_district(seed=1)
    gazetteer = Gazetteer(known_places(district, np.arange(len(district.retailers))))
    texts = [
        "",
        " ",
        "😀" * 40,
        "中" * 10_000,
        "1" * 10_000,
        "\x00\x01\x7f",
        "云山路MAIN ST路1号😀",
        "路" * 9_999 + "1",
    ]
    start_s = time.process_time()
    answers = gazetteer.geocode([AddressQuery(text=text) for text in texts])
    n_reasons = sum(bool(answer.reason) for answer in answers)
    print(
        f"  {len(texts)} hostile texts: {n_reasons} answered with a reason, {time.process_time() - start_s:.2f} CPU s"
    )


class CompactGrids:
    """Gives every place to the nearest of `n_grids` centres of the shops: compact grids of about equal size."""

    def __init__(self, lon: np.ndarray, lat: np.ndarray, n_grids: int) -> None:
        self._stretch = np.cos(np.radians(np.median(lat)))
        self._centres, _ = kmeans2(self._plane(lon, lat), n_grids, seed=1, minit="++")

    def _plane(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        return np.column_stack((lon * self._stretch, lat)) * 100

    def owner_at(self, lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        """Return the grid of each place; that of (0, 0) for NaN."""
        return cKDTree(self._centres).query(self._plane(np.nan_to_num(lon), np.nan_to_num(lat)))[1]


def chinese(folder: Path) -> None:
    """Parse the real addresses and count what is found."""
    frame = read_table(folder / "zh-addresses" / "company_addresses.csv.gz").frame
    start_s = time.process_time()
    parts = [parse_chinese(text) for text in frame["address"]]
    cpu_s = time.process_time() - start_s
    states_road = frame["address"].str.contains(r"[^\d\s]{2,}(?:路|街|大道)").to_numpy()
    states_district = frame["address"].str.contains(r"[^\d\s]{1,6}(?:区|县)").to_numpy()
    road = np.array([bool(part.street_key) for part in parts])
    area = np.array([bool(part.district) for part in parts])
    print(f"\nReal Chinese addresses: {len(parts)} parsed in {cpu_s:.2f} CPU s, 0 failures")
    print(f"  road found in {road[states_road].mean():.1%} of {states_road.sum()} that seem to state one")
    n_stating = states_district.sum()
    print(f"  district found in {area[states_district].mean():.1%} of {n_stating} that seem to state one")
    print("  (seem: a crude pattern that also takes 街道 for a road and 小区 for a district)")
    checked = pd.read_csv(CHECKED, dtype=str, keep_default_na=False)
    checked["address"] = frame["address"].to_numpy()[checked["row"].astype(int)]
    ours = [parse_chinese(text) for text in checked["address"]]
    districts = [part.district for part in ours]
    print(f"  200 checked by hand: district {agreement(checked, 'district', districts)}, "
          f"road {agreement(checked, 'street', [part.street for part in ours])}")  # fmt: skip
    try:
        import cpca
    except ImportError:
        print("  peer cpca is not installed beside us")
        return
    start_s = time.process_time()
    peer = cpca.transform(checked["address"].tolist())
    print(f"  peer cpca: district {agreement(checked, 'district', peer['区'].fillna('').tolist())} (no roads), "
          f"{time.process_time() - start_s:.2f} CPU s")  # fmt: skip


def agreement(checked: pd.DataFrame, column: str, found: list[str]) -> str:
    """Return how often what was found is what the hand-checked row states, of the rows that state it."""
    pairs = [(stated, own) for stated, own in zip(checked[column], found, strict=True) if stated]
    return f"{sum(stated == own for stated, own in pairs) / len(pairs):.1%} of {len(pairs)}"


def western(folder: Path) -> None:
    """Take house number and street out of Brooklyn's addresses; the register has both in columns of their own."""
    table = read_table(folder / "nyc-retail" / "shops_nyc.csv.gz", where={"borough": "BROOKLYN"})
    frame = table.frame[["address", "street_number", "street_name"]].dropna()
    numbers = frame["street_number"].str.extract(r"^(\d+)")[0].fillna("").tolist()
    start_s = time.process_time()
    parts = [parse_western(text) for text in frame["address"]]
    cpu_s = time.process_time() - start_s
    right = [str(part.number) == number for part, number in zip(parts, numbers, strict=True)]
    streets = [part.street == parse_western(f"1 {name}").street
               for part, name in zip(parts, frame["street_name"], strict=True)]  # fmt: skip
    print(f"\nWestern parsing, {len(frame)} Brooklyn addresses against the register's own columns:")
    print(f"  ours: number {np.mean(right):.1%}, street {np.mean(streets):.1%}, {cpu_s:.2f} CPU s")
    try:
        import usaddress
    except ImportError:
        print("  peer usaddress is not installed beside us")
        return
    start_s, n_numbers, n_streets = time.process_time(), 0, 0
    for text, number, name in zip(frame["address"], numbers, frame["street_name"], strict=True):
        try:
            tagged, _ = usaddress.tag(text)
        except usaddress.RepeatedLabelError:
            continue
        street = " ".join(value for key, value in tagged.items() if key.startswith("StreetName"))
        n_numbers += tagged.get("AddressNumber", "").split("-")[0] == number
        n_streets += parse_western(f"1 {street}").street == parse_western(f"1 {name}").street
    print(f"  peer usaddress: number {n_numbers / len(frame):.1%}, street {n_streets / len(frame):.1%}, "
          f"{time.process_time() - start_s:.2f} CPU s")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, help="draws of hidden addresses (default 5)")
    options = parser.parse_args()
    folder = os.environ.get("GRIDSVC_CASES")
    if folder is None:
        print("GRIDSVC_CASES names no folder of real data: Brooklyn and the real Chinese addresses are left out")
    else:
        brooklyn(Path(folder), options.seeds)
    synthetic(options.seeds)
    five_thousand()
    hostile()
    datums()
    wrong_datums(options.seeds)
    if folder is not None:
        chinese(Path(folder))
        western(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
