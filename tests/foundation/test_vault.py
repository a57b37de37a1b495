"""The vault keeps who the petitioners are: sealed, searchable, shown by masks alone."""

import logging
import secrets
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from minsheng.foundation import home, journal, vault
from minsheng.foundation.errors import Conflict
from minsheng.foundation.journal import Signature
from minsheng.foundation.models import Identity, VaultKey
from minsheng.foundation.vault import Person, VaultLocked

ADMIN = Signature("system", "admin")
WANG = Person("王小明", "13812345678", "110101199003071233", "滨海市东城区海棠街道3号楼201室")


def seal(person: Person = WANG) -> Identity:
    identity = vault.seal_person(person.name, person.phone, person.id_number, person.address)
    identity.save(force_insert=True)
    return Identity.objects.get(pk=identity.pk)


def raw(identity: Identity) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT i::text FROM foundation_identity i WHERE id = %s", [identity.pk])
        return str(cursor.fetchone()[0])


@pytest.fixture
def keys_of_my_own(tmp_path, monkeypatch):
    """A data folder with keys that no other test has; the database's canary is sealed anew."""
    monkeypatch.setenv("MINSHENG_HOME", str(tmp_path))
    VaultKey.objects.all().delete()
    vault.check()
    yield tmp_path / "keys"
    vault.forget()


@pytest.mark.django_db
class TestSealing:
    def test_what_is_sealed_is_opened(self):
        assert vault.open_person(seal()) == WANG

    @pytest.mark.parametrize("missing", ["name", "phone", "id_number", "address"])
    def test_nothing_given_is_nothing_kept(self, missing):
        person = Person(**{f: "" if f == missing else getattr(WANG, f) for f in Person.__slots__})
        identity = seal(person)
        assert vault.open_person(identity) == person
        assert bytes(getattr(identity, missing)) == b""

    def test_nothing_in_clear_reaches_the_table(self):
        row = raw(seal())
        for clear in ("小明", "12345678", "19900307", "3号楼"):
            assert clear not in row
            assert clear.encode().hex() not in row

    def test_equal_people_look_different(self):
        one, two = seal(), seal()
        assert one.uid != two.uid
        assert {bytes(one.name), bytes(one.phone)}.isdisjoint({bytes(two.name), bytes(two.phone)})

    def test_names_are_cleaned_before_they_are_sealed(self):
        assert vault.open_person(seal(Person(" 王\x00小\n明 "))).name == "王小 明"

    @given(st.text(max_size=80))
    def test_any_text_can_be_a_name(self, name):
        identity = vault.seal_person(name)
        opened = vault.open_person(identity).name
        assert vault.open_person(vault.seal_person(opened)).name == opened

    @pytest.mark.parametrize("column", ["name", "phone", "id_number", "address"])
    def test_a_changed_cell_does_not_open(self, column):
        identity = seal()
        cell = bytearray(getattr(identity, column))
        cell[-1] ^= 1
        setattr(identity, column, bytes(cell))
        with pytest.raises(VaultLocked) as refused:
            vault.open_person(identity)
        assert refused.value.code == "vault_unreadable"

    def test_cells_cannot_change_places(self):
        one, two = seal(), seal(Person("李四", "13900000000"))
        two.phone = one.phone
        with pytest.raises(VaultLocked):
            vault.open_person(two)
        one.name = one.address
        with pytest.raises(VaultLocked):
            vault.open_person(one)

    def test_a_cell_of_an_unknown_key_does_not_open(self):
        identity = seal()
        identity.name = b"\x09" + bytes(identity.name)[1:]
        with pytest.raises(VaultLocked) as refused:
            vault.open_person(identity)
        assert refused.value.code == "vault_key_retired"

    def test_a_cell_cut_short_does_not_open(self):
        identity = seal()
        for length in (1, 5, 13, 20):
            identity.name = bytes(identity.name)[:length]
            with pytest.raises(VaultLocked):
                vault.open_person(identity)


@pytest.mark.django_db
class TestNothingLeaks:
    def test_printing_shows_masks_alone(self, caplog):
        identity = seal()
        person = vault.open_person(identity)
        with caplog.at_level(logging.DEBUG):
            logging.getLogger("any").info("%s %r %r %s", identity, identity, person, [person])
        for shown in (str(identity), repr(identity), repr(person), str(person), caplog.text):
            assert "王**" in shown
            assert "138****5678" in shown
            for clear in ("小明", "13812345678", "110101", "3号楼"):
                assert clear not in shown

    def test_what_went_wrong_does_not_say_with_whom(self):
        identity = seal()
        identity.phone = identity.name
        with pytest.raises(VaultLocked) as refused:
            vault.open_person(identity)
        assert "小明" not in f"{refused.value} {refused.value.args} {refused.value.detail}"


@pytest.mark.django_db
class TestFinding:
    @pytest.mark.parametrize(
        "typed",
        [
            "13812345678",
            "138 1234 5678",
            "138-1234-5678",
            "+86 138 1234 5678",
            "0086-13812345678",
            "8613812345678",
            "013812345678",
            "１３８１２３４５６７８",
            "（+86）138-1234-5678",
        ],
    )
    def test_a_phone_is_found_however_it_is_typed(self, typed):
        identity = seal()
        seal(Person("李四", "13812345679"))
        assert list(vault.find_by_phone(typed)) == [identity]
        assert vault.phone_key(typed) == bytes(identity.phone_key)

    def test_a_landline_is_found_with_and_without_the_country(self):
        identity = seal(Person("李四", "(0518) 8580-1234"))
        assert list(vault.find_by_phone("+86 518 85801234")) == [identity]

    def test_nobody_is_found_without_a_phone(self):
        seal(Person("李四"))
        assert not vault.find_by_phone("")
        assert not vault.find_by_phone("无")
        assert not Identity.objects.filter(phone_key=vault.phone_key(""))

    def test_an_id_number_is_found_in_both_lengths(self):
        identity = seal(Person("赵", id_number="11010519491231002X"))
        assert list(vault.find_by_id("11010519491231002x")) == [identity]
        assert list(vault.find_by_id("110105491231002")) == [identity]
        assert not vault.find_by_id("")

    def test_the_search_uses_the_index(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert "identity_phone" in vault.find_by_phone("13812345678").explain()

    def test_hashes_of_phones_and_ids_are_of_two_kinds(self):
        identity = seal(Person("x", phone="12345678901", id_number="12345678901"))
        assert bytes(identity.phone_key) != bytes(identity.id_key)


class TestNormalForms:
    @pytest.mark.parametrize(
        ("typed", "normal"),
        [
            ("+86 10 8580 1234", "01085801234"),
            ("+86 021-58580123", "02158580123"),
            ("400-820-8820", "4008208820"),
            ("+86 400 820 8820", "4008208820"),
            ("+852 1234 5678", "+85212345678"),
            ("00852 1234 5678", "+85212345678"),
            ("0518-85801234转801", "051885801234801"),
            ("12345", "12345"),
            ("8580123", "8580123"),
            ("无电话", ""),
            ("", ""),
        ],
    )
    def test_phones(self, typed, normal):
        assert vault.normal_phone(typed) == normal

    @given(st.text("+0123456789８６ -转", max_size=20) | st.text(max_size=20))
    @example("+860086138")
    @example("+86+8613812345678")
    def test_a_normal_phone_is_normal(self, typed):
        normal = vault.normal_phone(typed)
        assert vault.normal_phone(normal) == normal

    @given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.data())
    def test_separators_and_prefixes_do_not_matter_for_mobiles(self, mobile, data):
        typed = data.draw(st.sampled_from(["", "+86", "0086", "86", "0", "+86 0"]))
        for digit in mobile:
            typed += data.draw(st.sampled_from(["", " ", "-", "\u3000"])) + digit
        assert vault.normal_phone(typed) == mobile

    @given(st.text(max_size=20))
    def test_a_normal_id_is_normal(self, typed):
        normal = vault.normal_id(typed)
        assert vault.normal_id(normal) == normal


class TestMasks:
    @pytest.mark.parametrize(
        ("name", "mask"), [("王小明", "王**"), ("王", "王**"), ("", ""), (" 李四", "李**")]
    )
    def test_names(self, name, mask):
        assert vault.mask_name(name) == mask

    @pytest.mark.parametrize(
        ("phone", "mask"),
        [
            ("13812345678", "138****5678"),
            ("+86 138 1234 5678", "138****5678"),
            ("0518-85801234", "0518****1234"),
            ("0518-8580123", "0518****123"),
            ("010-85801234", "010****1234"),
            ("8580123", "****123"),
            ("12345", "****"),
            ("", ""),
        ],
    )
    def test_phones(self, phone, mask):
        assert vault.mask_phone(phone) == mask

    @given(st.text("0123456789+", max_size=30))
    def test_at_least_four_digits_are_hidden(self, phone):
        normal, mask = vault.normal_phone(phone), vault.mask_phone(phone)
        shown = len(mask.replace("****", ""))
        assert shown <= max(0, len(normal) - 4)
        assert len(mask) <= Identity._meta.get_field("phone_mask").max_length

    @pytest.mark.parametrize(
        ("address", "mask"),
        [
            ("滨海市东城区海棠街道3号楼201室", "滨海市东城区海棠街道****"),
            ("江海省滨海市青口县石桥镇黄海路1号", "江海省滨海市青口县石桥镇****"),
            ("东城区幸福小区3号楼", "东城区****"),
            ("幸福小区3号楼", "****"),
            ("东城区菜市场对面", "东城区****"),
            ("12 High Street", "****"),
            ("", ""),
        ],
    )
    def test_addresses(self, address, mask):
        assert vault.mask_address(address) == mask

    @given(st.text(max_size=100) | st.text("滨海市区县省镇街道小", max_size=100))
    def test_masks_fit_their_columns(self, value):
        for column, mask in (("name", vault.mask_name), ("address", vault.mask_address)):
            field = Identity._meta.get_field(f"{column}_mask")
            assert len(mask(value)) <= field.max_length


@pytest.mark.django_db
class TestKeys:
    def test_the_key_comes_from_the_folder_or_the_environment(self, keys_of_my_own, monkeypatch):
        identity = seal()
        key = keys_of_my_own / "vault"
        monkeypatch.setenv("MINSHENG_VAULT_KEY", key.read_text())
        key.unlink()
        vault.check()
        assert vault.open_person(identity) == WANG
        assert not key.exists()

    def test_a_wrong_key_is_refused_before_it_can_do_harm(self, keys_of_my_own, monkeypatch):
        identity = seal()
        monkeypatch.setenv("MINSHENG_VAULT_KEY", secrets.token_hex(32))
        vault.forget()
        for use in (
            vault.check,
            lambda: vault.seal_person("李四"),
            lambda: vault.open_person(identity),
            lambda: vault.phone_key("13812345678"),
            lambda: vault.find_by_phone("13812345678"),
            lambda: vault.begin_rotation(ADMIN),
        ):
            with pytest.raises(VaultLocked) as refused:
                use()
            assert refused.value.code == "vault_key_wrong"
        assert VaultKey.objects.count() == 1

    def test_a_missing_key_is_refused(self, keys_of_my_own):
        seal()
        (keys_of_my_own / "vault").unlink()
        with pytest.raises(VaultLocked, match="keys/vault") as refused:
            vault.check()
        assert refused.value.code == "vault_key_wrong"

    def test_a_short_key_is_refused(self, keys_of_my_own, monkeypatch):
        monkeypatch.setenv("MINSHENG_VAULT_KEY", "secret")
        with pytest.raises(VaultLocked) as refused:
            vault.check()
        assert refused.value.code == "vault_key_short"

    def test_a_database_without_a_vault_is_refused(self, keys_of_my_own):
        VaultKey.objects.all().delete()
        vault.forget()
        with pytest.raises(VaultLocked) as refused:
            vault.seal_person("李四")
        assert refused.value.code == "vault_not_ready"

    def test_checking_again_changes_nothing(self, keys_of_my_own):
        before = VaultKey.objects.get()
        vault.check()
        assert bytes(VaultKey.objects.get().canary) == bytes(before.canary)

    def test_sealing_asks_the_database_nothing_once_the_keys_are_known(
        self, django_assert_num_queries
    ):
        vault.seal_person("李四")
        with django_assert_num_queries(0):
            vault.open_person(vault.seal_person("王五", "13812345678"))


@pytest.mark.django_db
class TestChangingTheKey:
    def test_everything_is_sealed_anew_and_the_old_key_goes(self, keys_of_my_own, monkeypatch):
        monkeypatch.setattr(vault, "_BATCH", 3)
        people = [Person(f"张{i}", f"1380000000{i}", address="滨海市") for i in range(8)]
        identities = [seal(person) for person in people]
        old = [bytes(identity.phone_key) for identity in identities]

        assert vault.begin_rotation(ADMIN) == 2
        assert vault.rotating()
        assert vault.sealed_before().count() == 8
        assert vault.find_by_phone("13800000003").get() == identities[3]

        steps = []
        assert vault.reseal(steps.append) == 8
        assert steps == [3, 3, 2]
        vault.retire_old_keys(ADMIN)
        assert not vault.rotating()
        (keys_of_my_own / "vault").unlink()
        vault.forget()

        for identity, person, key in zip(identities, people, old, strict=True):
            identity.refresh_from_db()
            assert vault.open_person(identity) == person
            assert bytes(identity.name)[0] == 2
            assert bytes(identity.phone_key) != key
            assert vault.find_by_phone(person.phone).get() == identity

    def test_an_interrupted_change_goes_on_where_it_was(self, keys_of_my_own, monkeypatch):
        monkeypatch.setattr(vault, "_BATCH", 2)
        identities = [seal() for _ in range(6)]
        vault.begin_rotation(ADMIN)

        def interrupt(_rows):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            vault.reseal(interrupt)
        assert vault.sealed_before().count() == 4
        for identity in identities:  # old and new side by side
            identity.refresh_from_db()
            assert vault.open_person(identity) == WANG
        assert vault.find_by_phone(WANG.phone).count() == 6
        assert vault.reseal() == 4

    def test_a_change_is_on_record(self, keys_of_my_own):
        vault.begin_rotation(ADMIN)
        vault.retire_old_keys(ADMIN)
        assert [
            (line.action, line.staff, line.said["changes"]) for line in journal.timeline("vault", 1)
        ] == [
            ("vault.begin_rotation", "system", {"version": 2}),
            ("vault.retire_old_keys", "system", {"version": 2}),
        ]

    def test_only_one_change_at_a_time(self, keys_of_my_own):
        vault.begin_rotation(ADMIN)
        with pytest.raises(Conflict) as refused:
            vault.begin_rotation(ADMIN)
        assert refused.value.code == "rotation_under_way"

    def test_a_key_in_use_is_not_retired(self, keys_of_my_own):
        seal()
        vault.begin_rotation(ADMIN)
        with pytest.raises(Conflict) as refused:
            vault.retire_old_keys(ADMIN)
        assert refused.value.code == "old_key_in_use"
        assert VaultKey.objects.count() == 2

    def test_a_process_that_does_not_know_the_new_key_learns_of_it(
        self, keys_of_my_own, monkeypatch
    ):
        stale = vault._keyring()
        vault.begin_rotation(ADMIN)
        identity = seal()
        monkeypatch.setattr(vault, "_known", stale)
        assert vault.open_person(identity) == WANG
        assert vault.seal_person("李四").key_id == 2

    def test_the_database_refuses_what_is_sealed_with_a_retired_key(self, keys_of_my_own):
        late = vault.seal_person("李四")
        vault.begin_rotation(ADMIN)
        vault.retire_old_keys(ADMIN)
        late.save(force_insert=True)
        with pytest.raises(IntegrityError), transaction.atomic():  # at the latest with the commit
            connection.check_constraints()
        late.delete()


@pytest.mark.django_db(transaction=True)
def test_the_vault_is_ready_after_the_tables_are_emptied():
    assert vault.open_person(seal()) == WANG


@pytest.mark.django_db(transaction=True)
def test_of_two_first_starts_one_makes_the_key():
    VaultKey.objects.all().delete()
    failed = []

    def start():
        try:
            vault.check()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert VaultKey.objects.count() == 1
    assert home.secret("vault")


SPACED = [
    *("138.2222.3333", "138/2222/3333", "138——2222——3333", "138_2222_3333", "138–2222–3333"),
    *("138 · 2222 · 3333", "1.3.8.2.2.2.2.3.3.3.3", "138、2222、3333", "138+2222+3333"),
    *("13822223333", "138 2222-3333", "138)2222 3333", "138） - 2222    3333", "138\n2222 3333"),
    *("+86.138.2222.3333", "+86 138/2222/3333", "0086—138—2222—3333", "8613822223333"),
]


@pytest.mark.parametrize("written", SPACED)
def test_a_number_is_withheld_however_it_is_spaced(written):
    said = f"请回电{written}，王小明"
    assert vault.withhold(said, "13822223333") == "请回电138****3333，王小明"
    assert vault.withhold(f"{written}\n{written}", "138-2222-3333") == "138****3333\n138****3333"


@pytest.mark.parametrize(
    "other",
    [
        *("139.2222.3333", "138.2222.3334", "138222233334", "138.2222.33334", "2138.2222.3333"),
        *("138....2222....3333", "138a2222a3333", "138号2222房3333", "138.\n2222.3333"),
        *("房号138，共2222户，编号3333", "2026.03.10", "138222233", ""),
    ],
)
def test_what_is_not_the_number_stays(other):
    assert vault.withhold(f"见{other}。", "13822223333") == f"见{other}。"


def test_numbers_abroad_and_landlines_are_withheld_too():
    assert vault.withhold("call +1.212.555.0123", "+1 212 555 0123") == "call +12****0123"
    assert vault.withhold("0518——8580/1234", "0518-85801234") == "0518****1234"


@pytest.mark.parametrize("between", ["", " ", "- ", "_._", " " * 50, "() -" * 10, "....", "\n"])
def test_what_is_almost_the_number_over_and_over_is_read_in_no_time(between):
    """It would not end, were each way to read what stands between tried with each."""
    almost = between.join("1382222333")
    said = f"{between.join([almost + 'x', almost] * 500)} 13822223333"
    assert vault.withhold(said, "13822223333").endswith("138****3333")
