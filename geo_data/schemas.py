"""State every table that comes in: its columns, their types, units, rules and the headings they are known by.

One place says what a file must hold; the readers match headings against it, the cleaning judges rows by it and
`docs/reference/schemas.md` is rendered from it.
"""

from __future__ import annotations

from collections.abc import Iterable

from geo_data.table_schema import Column, Kind, Shape, TableSchema

LAYERS = ("inspection", "marketing", "delivery")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ROLES = ("market_inspector", "customer_manager", "delivery_driver")

_WEEKDAY_WORDS = ("monday 1", "tuesday 2", "wednesday 3", "thursday 4", "friday 5", "saturday 6", "sunday 7")
_WEEKDAY_SYNONYMS = {word: day for day, words in zip(WEEKDAYS, _WEEKDAY_WORDS, strict=True) for word in words.split()}
for _prefix in ("周", "星期", "礼拜"):
    _WEEKDAY_SYNONYMS |= {_prefix + numeral: day for day, numeral in zip(WEEKDAYS, "一二三四五六日", strict=True)}
    _WEEKDAY_SYNONYMS[_prefix + "天"] = "sun"
_LAYER_SYNONYMS = {
    "专卖": "inspection", "稽查": "inspection", "监管": "inspection", "market_inspector": "inspection",
    "营销": "marketing", "客户": "marketing", "拜访": "marketing", "customer_manager": "marketing",
    "配送": "delivery", "物流": "delivery", "送货": "delivery", "delivery_driver": "delivery",
}  # fmt: skip
_ROLE_SYNONYMS = {
    "专卖管理员": "market_inspector", "市场管理员": "market_inspector", "市管员": "market_inspector",
    "inspector": "market_inspector", "客户经理": "customer_manager", "manager": "customer_manager",
    "送货员": "delivery_driver", "配送员": "delivery_driver", "driver": "delivery_driver",
}  # fmt: skip
_STATUS_SYNONYMS = {
    "正常": "active", "在营": "active", "有效": "active", "营业": "active", "open": "active",
    "停业": "suspended", "歇业": "closed", "注销": "closed", "收回": "closed",
}  # fmt: skip
_FORM_SYNONYMS = {
    "老城区": "old_town", "老城": "old_town", "新城区": "new_town", "新城": "new_town", "山区": "hills",
    "山地": "hills", "乡村": "village", "农村": "village", "村": "village", "工业区": "industrial",
    "园区": "industrial",
}  # fmt: skip

# Latin letters, digits and hyphens: a Chinese tobacco licence has 12 digits, other registers use 6 or more.
LICENCE_PATTERN = r"[0-9A-Za-z][0-9A-Za-z\-/]{3,31}"
CODE_PATTERN = r"[0-9A-Za-z][0-9A-Za-z_\-./]{0,63}"
ADDRESS_MAX_LENGTH = 300

_RETAILER_CODE = Column(
    name="retailer_code", kind=Kind.CODE, pattern=CODE_PATTERN, example="520103100001",
    meaning="Code of the retailer in the order system; unique in the district. Without it `licence_no` stands for it.",
    aliases=("customer_code", "cust_code", "shop_id", "store_id", "客户编码", "客户代码", "零售户编码", "商户编码"),
)  # fmt: skip
_LICENCE_NO = Column(
    name="licence_no", kind=Kind.CODE, pattern=LICENCE_PATTERN, example="520103100001",
    meaning="Number of the retail licence; unique in the district.",
    aliases=("license_no", "licence_number", "license_number", "licence", "license", "许可证号", "许可证号码",
             "烟草专卖零售许可证号", "专卖证号", "证号"),
)  # fmt: skip
_STAFF_CODE = Column(
    name="staff_code", kind=Kind.CODE, required=True, pattern=CODE_PATTERN, example="M07",
    meaning="Code of the staff member; unique in the district.",
    aliases=("employee_code", "employee_id", "staff_id", "工号", "员工编号", "人员编码"),
)  # fmt: skip


def _lon(meaning: str, *, required: bool = False, prefix: str = "", aliases: tuple[str, ...] = ()) -> Column:
    return Column(name=f"{prefix}lon", kind=Kind.NUMBER, unit="degree", meaning=meaning, example="106.713478",
                  required=required, aliases=aliases)  # fmt: skip


def _lat(meaning: str, *, required: bool = False, prefix: str = "", aliases: tuple[str, ...] = ()) -> Column:
    return Column(name=f"{prefix}lat", kind=Kind.NUMBER, unit="degree", meaning=meaning, example="26.592013",
                  required=required, aliases=aliases)  # fmt: skip


RETAILERS = TableSchema(
    name="retailers",
    meaning="One licensed shop. It needs a retailer code or a licence number, and an address or a position.",
    shape=Shape.POINT,
    one_of=(("retailer_code", "licence_no"),),
    unique=(("retailer_code",), ("licence_no",)),
    columns=(
        _RETAILER_CODE,
        _LICENCE_NO,
        Column(name="name", kind=Kind.TEXT, required=True, example="惠民便利店", meaning="Name over the door.",
               aliases=("shop_name", "store_name", "trade_name", "dba_name", "店名", "企业名称", "字号名称",
                        "店铺名称", "客户名称", "商户名称")),
        Column(name="address", kind=Kind.TEXT, max_length=ADDRESS_MAX_LENGTH, example="中华北路12号附3号",
               meaning="Business address as registered.",
               aliases=("addr", "street_address", "地址", "经营地址", "经营场所", "详细地址", "营业地址")),
        _lon("Position in the datum named by `--crs`.", aliases=("lng", "longitude", "x", "经度")),
        _lat("Position in the datum named by `--crs`.", aliases=("latitude", "y", "纬度")),
        Column(name="street_office", kind=Kind.CODE, example="520103019", meaning="Code of the street office or town.",
               aliases=("area_code", "town_code", "街道编码", "街道代码", "街道", "乡镇")),
        Column(name="tier", kind=Kind.CODE, allowed=("A", "B", "C"), example="B",
               meaning="Visit tier: 4, 2 or 1 visits a cycle.", aliases=("客户分类", "客户等级", "分类", "类别")),
        Column(name="integrity_star", kind=Kind.INTEGER, minimum=1, maximum=5, example="4",
               meaning="Integrity stars.", aliases=("star", "诚信星级", "诚信等级", "星级")),
        Column(name="risk", kind=Kind.CODE, allowed=("low", "medium", "high"),
               synonyms={"低": "low", "中": "medium", "高": "high"}, example="low",
               meaning="Risk class for inspections.", aliases=("risk_level", "风险", "风险等级")),
        Column(name="credit_grade", kind=Kind.CODE, allowed=("AAA", "AA", "A", "B", "C", "D"), example="A",
               meaning="Credit grade.", aliases=("信用等级",)),
        Column(name="urban_form", kind=Kind.CODE,
               allowed=("old_town", "new_town", "hills", "village", "industrial"), synonyms=_FORM_SYNONYMS,
               example="old_town", meaning="Surroundings, which decide the service minutes.",
               aliases=("城市形态", "区域类型", "市场类型")),
        Column(name="opens_at", kind=Kind.TIME, example="08:00", meaning="Opening time, local.",
               aliases=("open", "opening_time", "开门时间", "营业开始时间")),
        Column(name="closes_at", kind=Kind.TIME, example="22:00",
               meaning="Closing time, local; earlier than `opens_at` means after midnight.",
               aliases=("close", "closing_time", "关门时间", "营业结束时间")),
        Column(name="order_cartons", kind=Kind.NUMBER, unit="cartons a week", minimum=0, maximum=100_000, example="38",
               meaning="Usual weekly order.", aliases=("weekly_cartons", "周订货量", "订货量", "销量")),
        Column(name="status", kind=Kind.CODE, allowed=("active", "suspended", "closed"), synonyms=_STATUS_SYNONYMS,
               example="active", meaning="State of the licence; blank means active.",
               aliases=("licence_status", "状态", "许可证状态", "经营状态")),
    ),
)  # fmt: skip

AREAS = TableSchema(
    name="areas",
    meaning="One administrative area: a street office, a town, a census tract, or the district itself.",
    shape=Shape.POLYGON,
    unique=(("area_code",),),
    columns=(
        Column(name="area_code", kind=Kind.CODE, required=True, pattern=CODE_PATTERN, example="520103019",
               meaning="Code of the area; 9 digits for a Chinese street office, 6 for a district.",
               aliases=("adcode", "code", "geoid", "boro_cd", "nta2020", "区划代码", "行政区划代码", "编码", "代码")),
        Column(name="name", kind=Kind.TEXT, example="大营路街道", meaning="Name of the area.",
               aliases=("area_name", "ext_name", "ct_label", "名称", "区划名称")),
        Column(name="level", kind=Kind.CODE, example="street_office",
               allowed=("district", "street_office", "community", "tract"), meaning="Level of the area.",
               aliases=("级别", "层级")),
        Column(name="parent_code", kind=Kind.CODE, example="520103", meaning="Code of the area that holds it.",
               aliases=("parent", "pid", "上级代码")),
    ),
)  # fmt: skip

STREET_NODES = TableSchema(
    name="street_nodes",
    meaning="One junction or end of a street.",
    shape=Shape.POINT,
    unique=(("node",),),
    columns=(
        Column(name="node", kind=Kind.CODE, required=True, example="4711", meaning="Name that edges refer to.",
               aliases=("node_id", "osm_id", "id", "节点", "节点编号")),
        _lon("Position in the datum named by `--crs`.", required=True, aliases=("lng", "longitude", "x", "经度")),
        _lat("Position in the datum named by `--crs`.", required=True, aliases=("latitude", "y", "纬度")),
    ),
)  # fmt: skip

STREETS = TableSchema(
    name="streets",
    meaning="One piece of street between two nodes.",
    shape=Shape.LINE,
    columns=(
        Column(name="u", kind=Kind.CODE, required=True, example="4711", meaning="Node where the piece begins.",
               aliases=("from", "from_node", "source", "起点")),
        Column(name="v", kind=Kind.CODE, required=True, example="4712", meaning="Node where it ends.",
               aliases=("to", "to_node", "target", "终点")),
        Column(name="length_m", kind=Kind.NUMBER, unit="m", minimum=0, maximum=1e6, example="84.2",
               meaning="Length along the street; blank: from the geometry, else the straight line.",
               aliases=("length", "长度")),
        Column(name="seconds", kind=Kind.NUMBER, unit="s", minimum=0, maximum=1e6, example="12.1",
               meaning="Travel time from u to v; blank: from the speed.", aliases=("travel_time_s", "travel_time")),
        Column(name="seconds_back", kind=Kind.NUMBER, unit="s", minimum=0, maximum=1e6, example="12.1",
               meaning="Travel time from v to u; blank: as from u to v."),
        Column(name="speed_kmph", kind=Kind.NUMBER, unit="km/h", minimum=1, maximum=250, example="30",
               meaning="Driving speed; capped at 90 when times are made of it.", aliases=("speed", "maxspeed", "速度")),
        Column(name="oneway", kind=Kind.BOOLEAN, example="no", meaning="Only from u to v.", aliases=("单行",)),
        Column(name="name", kind=Kind.TEXT, example="中华北路", meaning="Street name, for the gazetteer.",
               aliases=("street_name", "road_name", "道路名称", "路名")),
        Column(name="wkt", kind=Kind.TEXT, max_length=1_000_000, example="LINESTRING (106.71 26.59, 106.72 26.59)",
               meaning="Course of the street from u to v.", aliases=("geometry_wkt", "geom")),
    ),
)  # fmt: skip

ALIASES = TableSchema(
    name="aliases",
    meaning="One other name (old, short, spoken) of a street, an area or a landmark. The file stands for all.",
    unique=(("alias", "name", "kind"),),
    columns=(
        Column(name="alias", kind=Kind.TEXT, required=True, example="老东门路",
               meaning="The other name; an area's with its ending. One name may stand for several places.",
               aliases=("other_name", "old_name", "short_name", "别名", "曾用名", "旧名", "旧路名", "简称", "俗称")),
        Column(name="name", kind=Kind.TEXT, required=True, example="文昌北路",
               meaning="What the place is called in the streets, areas and addresses that were imported.",
               aliases=("official_name", "new_name", "现名", "标准名称", "新路名", "名称")),
        Column(name="kind", kind=Kind.CODE, allowed=("street", "area", "landmark"), example="street",
               synonyms={"道路": "street", "路": "street", "区域": "area", "街道办": "area",
                         "乡镇": "area", "地标": "landmark", "小区": "landmark", "estate": "landmark"},
               meaning="What has the other name; blank: a street.", aliases=("type", "类别", "类型")),
    ),
)  # fmt: skip

STAFF = TableSchema(
    name="staff",
    meaning="One member of the field staff.",
    shape=Shape.POINT,
    unique=(("staff_code",),),
    columns=(
        _STAFF_CODE,
        Column(name="name", kind=Kind.TEXT, required=True, example="Manager 7", meaning="Name shown to colleagues.",
               aliases=("staff_name", "姓名", "人员姓名")),
        Column(name="role", kind=Kind.CODE, required=True, allowed=ROLES, synonyms=_ROLE_SYNONYMS,
               example="customer_manager", meaning="Role, which decides the layer.",
               aliases=("position", "岗位", "角色", "职务")),
        Column(name="org_unit", kind=Kind.TEXT, example="Market department 1", meaning="Department.",
               aliases=("department", "部门", "所属部门")),
        _lon("Where the day begins and ends.", prefix="office_",
             aliases=("lon", "longitude", "办公地点经度", "经度")),
        _lat("Where the day begins and ends.", prefix="office_",
             aliases=("lat", "latitude", "办公地点纬度", "纬度")),
        Column(name="vehicle_capacity_cartons", kind=Kind.NUMBER, unit="cartons", minimum=0, maximum=1e6,
               example="900", meaning="Load of the vehicle; drivers only.", aliases=("capacity", "载重", "车辆载量")),
        Column(name="valid_from", kind=Kind.DATE, example="2026-01-05", meaning="First day in service.",
               aliases=("start_date", "入职日期", "生效日期")),
        Column(name="deputies", kind=Kind.TEXT, example="M08;M03",
               meaning="Codes of who stands in, first asked first, a semicolon between.",
               aliases=("stand_in", "stand_ins", "代理人", "代管人员", "AB角")),
    ),
)  # fmt: skip

ABSENCES = TableSchema(
    name="absences",
    meaning="One absence of a staff member, both days included.",
    unique=(("staff_code", "first_day", "last_day"),),
    columns=(
        _STAFF_CODE,
        Column(name="first_day", kind=Kind.DATE, required=True, example="2026-03-02", meaning="First day away.",
               aliases=("from", "start", "start_date", "开始日期")),
        Column(name="last_day", kind=Kind.DATE, required=True, example="2026-03-06", meaning="Last day away.",
               aliases=("to", "end", "end_date", "结束日期")),
        Column(name="reason", kind=Kind.CODE, allowed=("leave", "sick", "training", "vacancy", "other"),
               synonyms={"年休": "leave", "休假": "leave", "病假": "sick", "培训": "training", "空缺": "vacancy",
                         "其他": "other"},
               example="leave", meaning="Why; no medical detail.", aliases=("原因", "类型")),
    ),
)  # fmt: skip

ORDERS = TableSchema(
    name="orders",
    meaning="One order of a retailer.",
    one_of=(("retailer_code", "licence_no"),),
    unique=(("retailer_code", "licence_no", "order_date"),),
    columns=(
        _RETAILER_CODE,
        _LICENCE_NO,
        Column(name="order_date", kind=Kind.DATE, required=True, example="2026-03-02", meaning="Day of the order.",
               aliases=("date", "订货日期", "订单日期", "日期")),
        Column(name="cartons", kind=Kind.NUMBER, required=True, unit="cartons", minimum=0, maximum=100_000,
               example="38", meaning="Cartons ordered.", aliases=("quantity", "条数", "数量", "订货量")),
    ),
)  # fmt: skip

ASSIGNMENTS = TableSchema(
    name="assignments",
    meaning="One retailer's present owner in one layer. `export assignments` writes the same columns.",
    one_of=(("retailer_code", "licence_no"),),
    columns=(
        _RETAILER_CODE,
        _LICENCE_NO,
        Column(name="layer", kind=Kind.CODE, required=True, allowed=LAYERS, synonyms=_LAYER_SYNONYMS,
               example="marketing", meaning="Layer in which the staff member owns the retailer.",
               aliases=("role", "条线", "图层")),
        _STAFF_CODE,
        Column(name="line", kind=Kind.TEXT, example="M07-3", meaning="Line the retailer belongs to.",
               aliases=("route", "beat", "线路", "线路名称")),
        Column(name="weekday", kind=Kind.CODE, allowed=WEEKDAYS, synonyms=_WEEKDAY_SYNONYMS, example="wed",
               meaning="Weekday of the line.", aliases=("day", "星期", "拜访日", "送货日", "周几")),
        Column(name="valid_from", kind=Kind.DATE, example="2026-01-05", meaning="First day of the ownership.",
               aliases=("start_date", "生效日期")),
    ),
)  # fmt: skip

LAYOUT_CELLS = TableSchema(
    name="layout_cells",
    meaning="One cell of the licence plan: how many shops it may hold, how far apart. The file stands for all.",
    shape=Shape.POLYGON,
    unique=(("cell_code",),),
    columns=(
        Column(name="cell_code", kind=Kind.CODE, required=True, pattern=CODE_PATTERN, example="YY-07",
               meaning="Code of the layout cell.", aliases=("code", "单元网格编号", "网格编号", "编号")),
        Column(name="name", kind=Kind.TEXT, example="大营路东片", meaning="Name of the cell.",
               aliases=("cell_name", "单元网格名称", "网格名称", "名称")),
        Column(name="planned", kind=Kind.INTEGER, required=True, unit="shops", minimum=0, maximum=100_000,
               example="152", meaning="Shops that the cell may hold.",
               aliases=("planned_number", "capacity", "规划数", "规划数量", "指导数")),
        Column(name="spacing_m", kind=Kind.NUMBER, unit="m", minimum=0, maximum=5000, example="30",
               meaning="Least distance between two shops by the shortest passable way; blank: no rule.",
               aliases=("spacing", "间距", "间距米", "零售点间距")),
        Column(name="school_spacing_m", kind=Kind.NUMBER, unit="m", minimum=0, maximum=5000, example="50",
               meaning="Least distance from an entrance of a school; blank: no rule.",
               aliases=("school_spacing", "学校间距", "与学校距离")),
    ),
)  # fmt: skip

SCHOOL_ENTRANCES = TableSchema(
    name="school_entrances",
    meaning="One entrance of a school or kindergarten. The file stands for all of them.",
    shape=Shape.POINT,
    unique=(("entrance_code",),),
    columns=(
        Column(name="entrance_code", kind=Kind.CODE, required=True, pattern=CODE_PATTERN, example="S12-1",
               meaning="Code of the entrance.", aliases=("code", "id", "编号", "出入口编号")),
        Column(name="name", kind=Kind.TEXT, example="实验小学南门", meaning="School and entrance.",
               aliases=("school", "school_name", "学校", "学校名称", "名称")),
        _lon("Position in the datum named by `--crs`.", required=True, aliases=("lng", "longitude", "x", "经度")),
        _lat("Position in the datum named by `--crs`.", required=True, aliases=("latitude", "y", "纬度")),
    ),
)  # fmt: skip

LICENCE_APPLICATIONS = TableSchema(
    name="licence_applications",
    meaning="One application for a retail licence; of the same number the newest file counts.",
    shape=Shape.POINT,
    unique=(("application_no",),),
    columns=(
        Column(name="application_no", kind=Kind.CODE, required=True, pattern=CODE_PATTERN, example="2026-0117",
               meaning="Number of the application.", aliases=("number", "申请编号", "受理编号", "受理号")),
        Column(name="name", kind=Kind.TEXT, example="惠民便利店", meaning="Name of the shop.",
               aliases=("shop_name", "店名", "字号", "名称")),
        Column(name="address", kind=Kind.TEXT, max_length=ADDRESS_MAX_LENGTH, example="中华北路12号",
               meaning="Where the shop would be; located where no position is given.",
               aliases=("经营地址", "申请地址", "地址")),
        _lon("Position in the datum named by `--crs`.", aliases=("lng", "longitude", "x", "经度")),
        _lat("Position in the datum named by `--crs`.", aliases=("latitude", "y", "纬度")),
        Column(name="applied_on", kind=Kind.DATE, example="2026-11-02", meaning="Day of the application: the queue.",
               aliases=("date", "申请日期", "受理日期")),
        Column(name="state", kind=Kind.CODE, allowed=("queued", "approved", "rejected"), example="queued",
               synonyms={"排队": "queued", "轮候": "queued", "已批准": "approved", "准予": "approved",
                         "不予": "rejected", "已退回": "rejected"},
               meaning="State; blank: queued.", aliases=("status", "状态")),
    ),
)  # fmt: skip

SCHEMAS: dict[str, TableSchema] = {
    schema.name: schema
    for schema in (
        RETAILERS,
        AREAS,
        STREETS,
        STREET_NODES,
        ALIASES,
        STAFF,
        ABSENCES,
        ORDERS,
        ASSIGNMENTS,
        LAYOUT_CELLS,
        SCHOOL_ENTRANCES,
        LICENCE_APPLICATIONS,
    )
}


def render_markdown(schemas: Iterable[TableSchema] = SCHEMAS.values()) -> str:
    """Return the reference page of the tables; `docs/reference/schemas.md` holds exactly this text."""
    return _INTRODUCTION + "".join("\n" + _render_table(schema) for schema in schemas)


_INTRODUCTION = """# Tables that come in

Rendered from `geo_data/schemas.py` by `python -m geo_data.schemas`; a test keeps both alike.

Files may be CSV (`.csv`, `.csv.gz`), XLSX, GeoJSON (`.geojson`, `.geojson.gz`), GeoPackage or GeoParquet. Headings are
compared without case, blanks, hyphens and underscores; every heading under *also read* means the same column. Dates are
`YYYY-MM-DD`, times `HH:MM`. Blank cells are unknown values. Columns that no table names are kept with the raw row.
"""


def _render_table(schema: TableSchema) -> str:
    lines = [f"## {schema.name}", "", schema.meaning, ""]
    if schema.shape is not Shape.NONE:
        lines += [f"Geometry of a row: {schema.shape.value}.", ""]
    lines += [f"A row needs one of: {', '.join(f'`{name}`' for name in group)}." for group in schema.one_of]
    lines += [f"Once in a file: {' + '.join(f'`{name}`' for name in group)}." for group in schema.unique]
    if lines[-1]:
        lines.append("")
    lines += ["| column | type | unit | required | meaning | values | example | also read |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    lines += [_render_column(column) for column in schema.columns]
    return "\n".join(lines) + "\n"


def _render_column(column: Column) -> str:
    cells = (
        f"`{column.name}`", column.kind.value, column.unit, "yes" if column.required else "", column.meaning,
        _render_rule(column), f"`{column.example}`", ", ".join(column.aliases),
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _render_rule(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{value}`" for value in column.allowed)
    if column.minimum is not None or column.maximum is not None:
        return f"{column.minimum:g} to {column.maximum:g}"
    if column.pattern:
        return f"`{column.pattern}`"
    return f"at most {column.max_length} characters" if column.kind is Kind.TEXT else ""


if __name__ == "__main__":
    import sys

    sys.stdout.write(render_markdown())
