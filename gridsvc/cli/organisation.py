"""`gridsvc organisation`: departments, the people in them, and who stands in for whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gridsvc.domain.ids import Adcode, StaffId
    from gridsvc.usecases.list_staff import StaffMember
    from gridsvc.wiring import Service

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Departments, staff, deputies, crews and days away."
)
District = Annotated[str | None, typer.Option(help="adcode of the district; default: the only one there is")]
Head = Annotated[str | None, typer.Option(help="staff code of who answers for it")]
Phone = Annotated[str | None, typer.Option(help="where the hotline calls out of hours")]
LayerOption = Annotated[str | None, typer.Option(help="inspection, marketing or delivery; left out: above the layers")]
Above = Annotated[str | None, typer.Option("--below", help="name of the department that it stands below")]


@app.command("list")
def list_all(district: District = None) -> None:
    """List the departments with their people, and who stands in for whom."""
    from gridsvc.usecases.list_org_units import list_org_units
    from gridsvc.usecases.list_staff import list_staff
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        units = list_org_units(service.store, adcode=adcode)
        staff = list_staff(service.store, adcode=adcode)
    name_of = {unit.org_unit_id: unit.name for unit in units}
    of_unit: dict[str | None, list[StaffMember]] = {}
    for member in staff:
        of_unit.setdefault(member.org_unit_name, []).append(member)
    code_of = {member.staff_id: member.staff_code for member in staff}
    for unit in units:
        head = f", head {code_of[unit.head_staff_id]}" if unit.head_staff_id in code_of else ""
        phone = f", {unit.duty_phone}" if unit.duty_phone else ""
        below = f", below {name_of[unit.parent_id]}" if unit.parent_id in name_of else ""
        typer.echo(f"{unit.name} ({unit.kind}{f', {unit.layer}' if unit.layer else ''}{below}{head}{phone})")
        _list_people(of_unit.get(unit.name, []), code_of)
    if None in of_unit:
        typer.echo("no department")
        _list_people(of_unit[None], code_of)


def _list_people(people: list[StaffMember], code_of: dict[StaffId, str]) -> None:
    for member in people:
        deputies = ", ".join(code_of[one] for one in member.deputies if one in code_of)
        partner = f"; crew with {code_of[member.partner_id]}" if member.partner_id in code_of else ""
        stand_in = f"; deputies {deputies}" if deputies else ""
        typer.echo(f"  {member.staff_code} {member.name}, {member.role}{stand_in}{partner}")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="name of the department")],
    kind: Annotated[str, typer.Option(help="province, city, county_bureau, monopoly_office, market_department, ...")],
    layer: LayerOption = None,
    below: Above = None,
    head: Head = None,
    phone: Phone = None,
    district: District = None,
) -> None:
    """Make a department and print its id."""
    from gridsvc.cli.words import parse_choice
    from gridsvc.domain.layers import Layer
    from gridsvc.domain.organisation import OrgKind
    from gridsvc.usecases.create_org_unit import create_org_unit
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        made = create_org_unit(
            service.store, service.clock, adcode=adcode, actor="operator", name=name,
            kind=parse_choice(OrgKind, kind, "--kind"),
            layer=parse_choice(Layer, layer, "--layer") if layer else None,
            parent_id=_unit_id(service, adcode, below) if below else None, head_staff_code=head, duty_phone=phone,
        )  # fmt: skip
    typer.echo(made.org_unit_id)


@app.command()
def change(
    name: Annotated[str, typer.Argument(help="name of the department")],
    new_name: Annotated[str | None, typer.Option(help="its name from now on")] = None,
    below: Above = None,
    head: Head = None,
    phone: Phone = None,
    district: District = None,
) -> None:
    """Change a department; what is not named stays."""
    from gridsvc.domain.organisation import version_of
    from gridsvc.usecases.change_org_unit import change_org_unit
    from gridsvc.usecases.read_org_unit import read_org_unit
    from gridsvc.wiring import choose_district, open_service

    with open_service() as service:
        adcode = choose_district(service, district)
        unit_id = _unit_id(service, adcode, name)
        stated: dict[str, Any] = {"name": new_name, "head_staff_code": head, "duty_phone": phone}
        changes = {key: value for key, value in stated.items() if value is not None}
        if below:
            changes["parent_id"] = _unit_id(service, adcode, below)
        seen = version_of(read_org_unit(service.store, adcode=adcode, org_unit_id=unit_id))
        done = change_org_unit(
            service.store, service.clock, adcode=adcode, actor="operator", org_unit_id=unit_id, if_match=seen,
            changes=changes,
        )  # fmt: skip
    typer.echo(f"{done.name} is changed" if changes else f"nothing of {done.name} is named")


@app.command()
def person(
    staff_code: Annotated[str, typer.Argument(help="code of the member of staff")],
    new: Annotated[bool, typer.Option("--new", help="take a new person on; needs --name and --role")] = False,
    name: Annotated[str | None, typer.Option(help="name shown to colleagues")] = None,
    role: Annotated[str | None, typer.Option(help="market_inspector, customer_manager or delivery_driver")] = None,
    department: Annotated[str | None, typer.Option(help="name of the department")] = None,
    deputies: Annotated[
        str | None, typer.Option(help="staff codes, comma-separated, first asked first; empty: the neighbours")
    ] = None,
    crew_partner: Annotated[str | None, typer.Option(help="staff code of the other officer; empty: by office")] = None,
    district: District = None,
) -> None:
    """Show a member of staff, change what is named, or take a new one on."""
    from gridsvc.cli.words import parse_choice
    from gridsvc.domain.layers import Role
    from gridsvc.usecases.change_staff_member import change_staff_member
    from gridsvc.usecases.read_staff_member import read_staff_member
    from gridsvc.wiring import choose_district, open_service

    stated: dict[str, Any] = {"name": name, "org_unit_name": department}
    changes = {key: value for key, value in stated.items() if value is not None}
    if role is not None:
        changes["role"] = parse_choice(Role, role, "--role")
    if deputies is not None:
        changes["deputies"] = [code.strip() for code in deputies.split(",") if code.strip()]
    if crew_partner is not None:
        changes["crew_partner"] = crew_partner.strip() or None
    with open_service() as service:
        adcode = choose_district(service, district)
        who: dict[str, Any] = {"adcode": adcode, "staff_code_or_id": staff_code}
        seen = None if new else read_staff_member(service.store, **who).version
        found = (
            change_staff_member(
                service.store, service.clock, **who, actor="operator", if_match=seen, changes=changes, is_new=new
            )
            if changes or new
            else read_staff_member(service.store, **who)
        )
    member = found.member
    typer.echo(f"{member.staff_code} {member.name}, {member.role}, {member.org_unit_name or 'no department'}")
    typer.echo(f"deputies: {', '.join(found.deputies) or 'the owners of adjoining grids'}")
    typer.echo(f"crew: {found.crew_partner or 'by office and code'}")
    for away in found.absences:
        typer.echo(f"away: {away.first_day} to {away.last_day}, {away.reason}")


@app.command()
def home(
    code: Annotated[str, typer.Argument(help="staff code")],
    lon: Annotated[float | None, typer.Option(help="longitude of the home, WGS-84")] = None,
    lat: Annotated[float | None, typer.Option(help="latitude of the home, WGS-84")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="begin at the office again")] = False,
    district: District = None,
) -> None:
    """Let a person's days begin and end at home, as he or she wishes; nobody else is shown where that is."""
    from gridsvc.usecases.state_home import state_home
    from gridsvc.wiring import choose_district, open_service

    point = None if lon is None or lat is None else (lon, lat)
    if (point is None) != forget or (lon is None) != (lat is None):
        raise typer.BadParameter("name a place with --lon and --lat, or --forget the one that is known")
    with open_service() as service:
        adcode = choose_district(service, district)
        state_home(service.store, service.clock, adcode=adcode, actor="operator", staff_code_or_id=code, home=point)
    typer.echo(f"{code}: coming days begin and end at {'home' if point else 'the office'}; `day plan` plans them")


def _unit_id(service: Service, adcode: Adcode, name: str) -> str:
    from gridsvc.domain.errors import NotFound
    from gridsvc.usecases.list_org_units import list_org_units

    found = next((unit for unit in list_org_units(service.store, adcode=adcode) if unit.name == name), None)
    if found is None:
        raise NotFound(f"there is no department {name} in district {adcode}")
    return found.org_unit_id
