"""The 26 categories of people in need of social welfare services (PPKS), with the dates for which each may be used.

Promise: a category written years ago still has its label; a new case uses only a category valid on its day.
Rules: the list is Permensos 8/2012's, numbered as there; an entry is ended by `until` (the first day on which it may
no longer be used), never removed or renamed. `since` is the regulation's year, its day being immaterial here.
Elsewhere: what a trafficking victim's category means for a preview, `casework.cases`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Category(StrEnum):
    ANAK_BALITA_TERLANTAR = "ANAK_BALITA_TERLANTAR"
    ANAK_TERLANTAR = "ANAK_TERLANTAR"
    ANAK_BERHADAPAN_DENGAN_HUKUM = "ANAK_BERHADAPAN_DENGAN_HUKUM"
    ANAK_JALANAN = "ANAK_JALANAN"
    ANAK_DENGAN_KEDISABILITASAN = "ANAK_DENGAN_KEDISABILITASAN"
    ANAK_KORBAN_KEKERASAN = "ANAK_KORBAN_KEKERASAN"
    ANAK_PERLINDUNGAN_KHUSUS = "ANAK_PERLINDUNGAN_KHUSUS"
    LANJUT_USIA_TERLANTAR = "LANJUT_USIA_TERLANTAR"
    PENYANDANG_DISABILITAS = "PENYANDANG_DISABILITAS"
    TUNA_SUSILA = "TUNA_SUSILA"
    GELANDANGAN = "GELANDANGAN"
    PENGEMIS = "PENGEMIS"
    PEMULUNG = "PEMULUNG"
    KELOMPOK_MINORITAS = "KELOMPOK_MINORITAS"
    BEKAS_WARGA_BINAAN = "BEKAS_WARGA_BINAAN"
    ORANG_DENGAN_HIV_AIDS = "ORANG_DENGAN_HIV_AIDS"
    KORBAN_NAPZA = "KORBAN_NAPZA"
    KORBAN_TRAFFICKING = "KORBAN_TRAFFICKING"
    KORBAN_TINDAK_KEKERASAN = "KORBAN_TINDAK_KEKERASAN"
    PEKERJA_MIGRAN_BERMASALAH = "PEKERJA_MIGRAN_BERMASALAH"
    KORBAN_BENCANA_ALAM = "KORBAN_BENCANA_ALAM"
    KORBAN_BENCANA_SOSIAL = "KORBAN_BENCANA_SOSIAL"
    PEREMPUAN_RAWAN_SOSIAL_EKONOMI = "PEREMPUAN_RAWAN_SOSIAL_EKONOMI"
    FAKIR_MISKIN = "FAKIR_MISKIN"
    KELUARGA_BERMASALAH = "KELUARGA_BERMASALAH"
    KOMUNITAS_ADAT_TERPENCIL = "KOMUNITAS_ADAT_TERPENCIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A category as listed: its number, both labels, and the days on which it may be used."""

    number: int
    label: str
    label_en: str
    since: date = date(2012, 1, 1)
    until: date | None = None


_LABELS = (
    ("Anak Balita Terlantar", "Neglected under-five"),
    ("Anak Terlantar", "Neglected child"),
    ("Anak yang Berhadapan dengan Hukum", "Child in contact with the law"),
    ("Anak Jalanan", "Street child"),
    ("Anak dengan Kedisabilitasan", "Child with a disability"),
    ("Anak Korban Tindak Kekerasan", "Child victim of violence"),
    ("Anak yang Memerlukan Perlindungan Khusus", "Child needing special protection"),
    ("Lanjut Usia Terlantar", "Neglected elderly person"),
    ("Penyandang Disabilitas", "Person with a disability"),
    ("Tuna Susila", "Sex worker"),
    ("Gelandangan", "Homeless person"),
    ("Pengemis", "Beggar"),
    ("Pemulung", "Scavenger"),
    ("Kelompok Minoritas", "Member of a minority group"),
    ("Bekas Warga Binaan Lembaga Pemasyarakatan", "Former prisoner"),
    ("Orang dengan HIV/AIDS", "Person with HIV/AIDS"),
    ("Korban Penyalahgunaan NAPZA", "Victim of substance abuse"),
    ("Korban Trafficking", "Trafficking victim"),
    ("Korban Tindak Kekerasan", "Victim of violence"),
    ("Pekerja Migran Bermasalah Sosial", "Migrant worker with social problems"),
    ("Korban Bencana Alam", "Victim of a natural disaster"),
    ("Korban Bencana Sosial", "Victim of a social disaster"),
    ("Perempuan Rawan Sosial Ekonomi", "Socio-economically vulnerable woman"),
    ("Fakir Miskin", "Poor person"),
    ("Keluarga Bermasalah Sosial Psikologis", "Family with psychosocial problems"),
    ("Komunitas Adat Terpencil", "Member of a remote indigenous community"),
)
LIST = {
    category: Listed(number=number, label=label, label_en=label_en)
    for number, (category, (label, label_en)) in enumerate(zip(Category, _LABELS, strict=True), start=1)
}


def valid(listed: Listed, on: date) -> bool:
    """Whether a new case may use this entry on that day."""
    return listed.since <= on and (listed.until is None or on < listed.until)
