"""R17: card and enrolment that do not fit."""

from dataclasses import replace

from demo.city.city import OTHER_CITY, City
from demo.city.deaths import certified, put_in_order
from demo.city.plan import case, trap
from demo.city.registers import card, close_card
from demo.city.standing import resident


@case("R17", 2)
def enrolled_without_card(city: City) -> None:
    """In both schemes, no card."""
    life = resident(city, 37)
    city.changes = [change for change in city.changes if change.record is not life.card]
    city.expect(life.who, "R17")


@case("R17", 4)
def card_came_later(city: City) -> None:
    """The same, and a card is issued in December."""
    life = resident(city, 36)
    city.changes = [change for change in city.changes if change.record is not life.card]
    card(life, city.at(2, 11), in_person=True)
    city.expect(life.who, "R17", premise="HEALED")


@case("R17", 5)
def two_active_cards(city: City) -> None:
    """A second card under the old fifteen-digit number."""
    life = resident(city, 49)
    city.write(
        replace(life.card, row=city.row(), who=life.who.in_15_digits(), noted=city.at(3, 14), issued_on=city.at(3, 14))
    ) if life.card else None
    city.expect(life.who, "R17")


@case("R17", 6)
def new_card_of_a_dead_man(city: City) -> None:
    """A card is issued after the death."""
    life = resident(city, 54, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(4, 9))
    certified(life, death, city.at(3, 12))
    put_in_order(life, death, city.at(3, 18))
    card(life, city.at(4, 12))
    city.expect(life.who, "R17")


@case("R17", 11)
def card_open_after_half_a_year(city: City) -> None:
    """The card is still active 180 days after the death."""
    life = resident(city, 53, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(4, 9))
    certified(life, death, city.at(3, 12))
    put_in_order(life, death, city.at(3, 18))
    city.changes = [
        change
        for change in city.changes
        if not (change.record.who is life.who and getattr(change.record, "state", "") == "3" and hasattr(change.record, "serial"))
    ]
    city.expect(life.who, "R17")


@trap("R17", 5)
def card_replaced(city: City) -> None:
    """The new card is announced before the old one is closed, on the same day."""
    life = resident(city, 32)
    old = life.card
    card(life, city.at(3, 12), in_person=True)
    if old is not None:
        close_card(life, city.at(3, 12), old, "4")
    city.expect_nothing(life.who)


@case("R17", 6)
def second_card_closed_later(city: City) -> None:
    """Two active cards for a month, then the old one is closed."""
    life = resident(city, 47)
    old = life.card
    card(life, city.at(3, 11))
    if old is not None:
        close_card(life, city.at(4, 12), old)
    city.expect(life.who, "R17", premise="HEALED")


@case("R17", 8)
def new_card_of_a_dead_man_closed(city: City) -> None:
    """Issued after the death, closed two months later."""
    life = resident(city, 52, pension_years=(city.first.year,))
    death = city.at(3, city.rng.randint(4, 9))
    certified(life, death, city.at(3, 12))
    put_in_order(life, death, city.at(3, 18))
    late = card(life, city.at(4, 12))
    close_card(life, city.at(6, 12), late)
    city.expect(life.who, "R17", premise="HEALED")


@trap("R17", 3)
def card_of_another_city(city: City) -> None:
    """The card was issued where she lived before."""
    life = resident(city, 33)
    city.changes = [change for change in city.changes if change.record is not life.card]
    if life.card is not None:
        city.write(replace(life.card, place=OTHER_CITY))
    city.expect_nothing(life.who)
