"""A customer's pages in the starter shop: address book, password, email address; and one cart in two tabs."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.web.axe import check_page
from tests.web.demo_shop.shop import ADDRESS, ADRESSE, Shop, fill

pytestmark = pytest.mark.divided

EMAIL, NEW_EMAIL = "ada@example.com", "ada@new.example"
PASSWORD, NEW_PASSWORD = "a long enough one", "another long one"
REGISTER = (
    'mutation($e: String!) { customerRegister(input: {email: $e, name: "Ada Lovelace"}) { __typename } }'
)
CONFIRM = (
    "mutation($t: String!, $p: String!) { customerRegisterConfirm(token: $t, password: $p) { __typename } }"
)
BOOK = "{ customers { nodes { addresses { line1 city isDefaultShipping } } } }"
SIGN_IN = {"Email": EMAIL, "Password": PASSWORD}


@pytest.fixture
async def page(shop: Shop) -> Page:
    """The account of a customer who has just signed in."""
    await shop.staff.ask(REGISTER, e=EMAIL)
    token = (await shop.link_in_mail("Open your account")).partition("token=")[2]
    await shop.staff.ask(CONFIRM, t=token, p=PASSWORD)
    page = await shop.tab("/account")
    await check_page(page)
    await _sign_in(page, SIGN_IN)
    return page


async def _sign_in(page: Page, values: dict[str, str]) -> None:
    await fill(page, values)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Hello Ada Lovelace").wait_for()


async def _book(shop: Shop) -> list[tuple[str, str, bool]]:
    (customer,) = (await shop.staff.ask(BOOK))["customers"]["nodes"]
    return sorted((each["line1"], each["city"], each["isDefaultShipping"]) for each in customer["addresses"])


async def test_a_customer_keeps_an_address_book_in_both_languages(shop: Shop, page: Page):
    await page.get_by_role("link", name="Address book").click()
    await page.get_by_text("You have not saved an address yet.").wait_for()
    await page.get_by_role("button", name="Add an address").click()
    await page.get_by_role("button", name="Save the address").click()
    await page.get_by_text("Please check the marked fields.").wait_for()
    assert await page.locator("[aria-invalid=true]").count() == 5
    await check_page(page)
    await fill(page, ADDRESS)
    await page.get_by_role("button", name="Save the address").click()
    await page.get_by_role("button", name="Make it the default").click()
    await page.get_by_text("Default shipping address").wait_for()
    assert await _book(shop) == [("12 Main Street", "Springfield", True)]

    await page.get_by_label("Language").select_option("de")
    await page.get_by_label("Shop").select_option("eu")
    await page.get_by_role("button", name="Adresse hinzufügen").click()
    await fill(page, ADRESSE)
    await page.get_by_role("button", name="Adresse speichern").click()
    await page.get_by_role("button", name="Als Standard festlegen").click()
    await page.get_by_role("button", name="Ada Braun, Lindenstraße 5 ändern").click()
    await page.get_by_label("Straße").fill("Lindenstraße 7")
    await page.get_by_label("Postleitzahl").fill("1")
    await page.get_by_role("button", name="Adresse speichern").click()
    await page.get_by_text("Diese Postleitzahl gibt es dort nicht.").wait_for()
    await page.get_by_label("Postleitzahl").fill("10969")
    await page.get_by_role("button", name="Adresse speichern").click()
    await page.get_by_text("Lindenstraße 7").wait_for()
    await check_page(page)
    assert await _book(shop) == [("12 Main Street", "Springfield", False), ("Lindenstraße 7", "Berlin", True)]
    await page.get_by_role("button", name="Ada Lovelace, 12 Main Street entfernen").click()
    await page.get_by_text("12 Main Street").wait_for(state="detached")
    assert await _book(shop) == [("Lindenstraße 7", "Berlin", True)]


async def test_a_customer_changes_password_and_address(shop: Shop, page: Page):
    await page.get_by_role("link", name="Change the password").click()
    await fill(page, {"Current password": "not the password", "New password": NEW_PASSWORD})
    await check_page(page)
    await page.get_by_role("button", name="Save the password").click()
    await page.get_by_text("This is not your current password.").wait_for()
    await fill(page, {"Current password": PASSWORD})
    await page.get_by_role("button", name="Save the password").click()
    await page.get_by_text("Your password is changed.").wait_for()
    await shop.mail("Your password was changed")

    await page.get_by_role("link", name="Change the email address").click()
    await fill(page, {"New email address": NEW_EMAIL, "Current password": NEW_PASSWORD})
    await check_page(page)
    await page.get_by_role("button", name="Send the link").click()
    await page.get_by_text(f"We have sent a message to {NEW_EMAIL}.").wait_for()
    await page.goto(shop.url + await shop.link_in_mail("Confirm your new email address"))
    await check_page(page)
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_text("The new email address is confirmed.").wait_for()
    await shop.mail("Your email address was changed")
    other = await shop.tab("/account")
    await other.get_by_text(NEW_EMAIL).wait_for()
    await other.get_by_role("button", name="Sign out").click()
    await _sign_in(other, {"Email": NEW_EMAIL, "Password": NEW_PASSWORD})


async def test_two_tabs_fill_one_cart(shop: Shop):
    first, second = await shop.tab("/products/thing-a1"), await shop.tab("/products/thing-a2")
    buttons = [tab.get_by_role("button", name="Add to cart") for tab in (first, second)]
    await asyncio.gather(*(button.click() for button in buttons))  # neither tab has a cart yet
    for tab in (first, second):
        await tab.get_by_role("link", name="Cart (2)").wait_for()
    await buttons[0].click()
    await second.get_by_role("link", name="Cart (3)").wait_for()  # without a reload
    await second.get_by_role("link", name="Cart (3)").click()
    await second.get_by_role("button", name="Remove Thing A2").click()
    await first.get_by_role("link", name="Cart (2)").wait_for()
    carts = "{ orders(filter: {status: [DRAFT]}) { nodes { lines { nodes { sku quantity } } } } }"
    nodes = (await shop.staff.ask(carts))["orders"]["nodes"]
    assert nodes == [{"lines": {"nodes": [{"sku": "A1", "quantity": 2}]}}]
