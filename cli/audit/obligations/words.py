"""The page's words, Indonesian first, then English.

Promise: every word of the page stands here in both languages, by one name.
Rules: plain words; *tenggat* is the instant at which a term is over; a count is never written out here.
Elsewhere: numbers, days and shares in each language, `cli.audit.obligations.languages`.
"""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("Kewajiban antarprovinsi", "What the provinces owe one another"),
    "lead": (
        "Apa yang wajib dilakukan setiap provinsi, kapan tenggatnya, dan apa yang terjadi; dihitung dari catatan "
        "bertanda tangan saja.",
        "What each province had to do, by when, and what became of it; counted from the signed record alone.",
    ),
    "language": ("Bahasa", "Language"),
    "as_of": ("Keadaan per {at}", "As of {at}"),
    # -- how far it may be relied on
    "demo": (
        "DEMO: peragaan dengan data rekaan. Tidak ada orang, serah terima, atau pelanggaran di halaman ini yang nyata.",
        "DEMO: a demonstration on invented data. No person, handover or breach on this page is real.",
    ),
    "verified": (
        "Terverifikasi: setiap entri, tanda tangan, dan akar catatan sesuai dengan yang ditandatangani para pihak.",
        "Verified: every entry, signature and root of the log is what the parties signed.",
    ),
    "unanchored": (
        "Konsisten, tetapi tanpa jangkar: catatan milik siapa ini belum diperiksa.",
        "Consistent, but without an anchor: whose log this is was not checked.",
    ),
    "unreliable": (
        "Jangan diandalkan. Temuan terhadap catatan ini: {found}.",
        "Not to be relied on. Findings against this log: {found}.",
    ),
    "behind": (
        "Waktu ini lebih baru daripada entri terakhir ({end}); dihitung seolah-olah tidak ada entri lain sesudahnya.",
        "This is later than the last entry ({end}); counted as if nothing more had been entered.",
    ),
    "findings": ("Temuan", "Findings"),
    "findings_more": ("dan {more} temuan lain", "and {more} more"),
    "findings_log": ("catatan", "log"),
    "findings_entry": ("entri {index}", "entry {index}"),
    "contradiction": (
        "Pengambilan sebelumnya memperlihatkan pohon lain: {name}",
        "An earlier fetch was shown another tree: {name}",
    ),
    # -- headline figures
    "headline": ("Ringkasan", "At a glance"),
    "total": ("kewajiban", "obligations"),
    "total_note": (
        "sejak perjanjian dicatat, semua provinsi dan pasal",
        "since the agreement was entered, of all provinces and clauses",
    ),
    "share": ("tepat waktu", "in time"),
    "share_note": (
        "dari kewajiban yang sudah dapat dinilai: {judged}",
        "of the obligations that can be judged: {judged}",
    ),
    "late": ("lewat tenggat", "past their term"),
    "late_note": (
        "dipenuhi terlambat: {met_late}; tidak dipenuhi: {breached}",
        "met late: {met_late}; not met: {breached}",
    ),
    "pending": ("belum jatuh tempo", "not due yet"),
    "pending_note": ("berjalan: {open}; dijeda: {paused}", "running: {open}; paused: {paused}"),
    # -- heat map
    "heat": ("Tepat waktu menurut provinsi dan pasal", "In time, by province and clause"),
    "heat_lead": (
        "Bagian kewajiban yang dipenuhi dalam tenggat; n adalah banyaknya kewajiban yang sudah dapat dinilai. "
        "Provinsi adalah pihak yang berkewajiban.",
        "The share of obligations met within their term; n is how many can be judged. The province is the one that "
        "owed.",
    ),
    "province": ("Provinsi", "Province"),
    "all": ("Semua provinsi", "All provinces"),
    "none": ("belum ada", "none yet"),
    "scale": ("Skala", "Scale"),
    "below": ("di bawah {share}", "below {share}"),
    "from_to": ("{low} sampai {high}", "{low} to {high}"),
    "and_more": ("{share} ke atas", "{share} and more"),
    "no_share": ("ditahan atau terlalu sedikit", "withheld or too few"),
    "heat_table": ("Hitungan per provinsi sebagai tabel", "Counts by province as a table"),
    "clause_table": ("Semua provinsi, menurut pasal", "All provinces, by clause"),
    "judged": ("Sudah dinilai", "Judged"),
    "clause": ("Pasal", "Clause"),
    "in time": ("Tepat waktu", "In time"),
    "late_column": ("Lewat tenggat", "Past term"),
    "pending_column": ("Belum jatuh tempo", "Not due yet"),
    "waived": ("Dibebaskan", "Waived"),
    "total_column": ("Semua", "All"),
    "clauses": ("Pasal-pasal perjanjian", "Clauses of the agreement"),
    "good_condition": ("Kondisi baik", "Good condition"),
    "identity_tracing": ("Penelusuran identitas", "Identity tracing"),
    "repatriation": ("Pemulangan", "Return"),
    "social_rehabilitation": ("Rehabilitasi sosial", "Social rehabilitation"),
    "health_psychosocial": ("Kesehatan dan psikososial", "Health and psychosocial"),
    "coordination": ("Koordinasi", "Coordination"),
    "principles": ("Asas", "Principles"),
    # -- timeline
    "time": ("Tenggat yang terlewati, per bulan", "Terms that passed unmet, by month"),
    "time_lead": (
        "Bulan ketika tenggat lewat tanpa dipenuhi, menurut waktu setempat provinsi yang berkewajiban; termasuk yang "
        "kemudian dipenuhi terlambat.",
        "The month in which a term passed unmet, by the local time of the province that owed; those met late "
        "afterwards are included.",
    ),
    "time_none": ("Tidak ada tenggat yang terlewati.", "No term has passed unmet."),
    "month": ("Bulan", "Month"),
    "breaches": ("Tenggat terlewati", "Terms passed unmet"),
    "as_table": ("Sebagai tabel", "As a table"),
    # -- flows
    "flow": ("Serah terima antarprovinsi", "Handovers between provinces"),
    "flow_lead": (
        "Berapa kali seseorang diserahkan oleh satu provinsi kepada provinsi lain, termasuk yang ditolak atau belum "
        "dijawab; setiap tahap perjalanan dihitung sendiri. Kiri: yang menyerahkan; kanan: yang harus menerima. Tebal "
        "garis sebanding dengan banyaknya; garis putus-putus tidak menyatakan besaran.",
        "How often one province released a person to another, those refused or not answered yet included; each leg of "
        "a journey counted by itself. Left: the one that releases; right: the one that is to receive. A band is as "
        "thick as its count; a dashed line tells no size.",
    ),
    "flow_none": ("Belum ada serah terima.", "Nobody has been handed over yet."),
    "flow_title": ("{sender} ke {receiver}: {count}", "{sender} to {receiver}: {count}"),
    "from": ("Dari", "From"),
    "to": ("Ke", "To"),
    "sum": ("Jumlah", "Sum"),
    # -- apart
    "apart": ("Dihitung tersendiri", "Counted apart"),
    "entered_late": ("Dicatat kemudian", "Entered late"),
    "entered_late_note": (
        "Serah terima dicatat setelah tenggat, tetapi kedua pihak mencatat berita acara yang sama; dihitung tepat "
        "waktu.",
        "The handover was entered after its term, but both ends recorded the same paper of it; counted as in time.",
    ),
    "contested": ("Diperselisihkan", "Contested"),
    "contested_note": (
        "Hanya satu pihak mencatat berita acara, atau keduanya mencatat yang berbeda; dihitung terlambat.",
        "Only one end recorded a paper, or the two recorded different ones; counted as late.",
    ),
    "waived_note": (
        "Pihak yang berkewajiban meminta, pihak yang berhak menyetujui; tidak dihitung tepat waktu maupun terlambat.",
        "The debtor asked and the creditor agreed; counted neither as in time nor as late.",
    ),
    "paused": ("Dijeda", "Paused"),
    "paused_note": (
        "Kedua pihak menyepakati jeda; tenggat tidak berjalan selama itu.",
        "Both ends agreed on a pause; the clock stands still meanwhile.",
    ),
    # -- the host's word
    "outages": ("Berdasarkan pernyataan penyelenggara saja", "On the host's word alone"),
    "outages_lead": (
        "Gangguan yang dinyatakan penyelenggara sistem: {count}, seluruhnya {length}. Tenggat yang dihentikan gangguan "
        "tidak berjalan selama itu. Tidak ada provinsi yang ikut menandatangani pernyataan itu; jeda, sebaliknya, "
        "disepakati kedua pihak. Tanpa pernyataan penyelenggara:",
        "Outages that the host has told: {count}, {length} in all. A clock that an outage stopped stood still "
        "meanwhile. No province signs that with the host, whereas a pause is agreed by both. Without the host's word:",
    ),
    "outages_none": (
        "Penyelenggara sistem tidak menyatakan gangguan apa pun; semua tenggat dihitung tanpa pernyataannya.",
        "The host tells of no outage; every term is counted without its word.",
    ),
    "spared in time": ("akan terlambat", "would be late"),
    "spared in time note": (
        "Dihitung tepat waktu hanya karena tenggat dihentikan oleh gangguan.",
        "Counted as in time only because outages stopped the clock.",
    ),
    "spared pending": ("akan sudah lewat tenggat", "would be past their term"),
    "spared pending note": (
        "Dihitung belum jatuh tempo hanya karena gangguan, atau dijeda ketika tenggat tanpa gangguan sudah lewat.",
        "Counted as not due yet only because of outages, or paused when the term would have been over without them.",
    ),
    "spared waived": ("tidak dapat dibebaskan", "could not be waived"),
    "spared waived note": (
        "Dibebaskan ketika tenggat tanpa gangguan sudah lewat.",
        "Waived when the term would have been over without outages.",
    ),
    "outages_table": ("Daftar gangguan", "The outages, one by one"),
    "outages_more": (
        "Dan {more} gangguan yang lebih singkat; semuanya ada di dokumen JSON.",
        "And {more} shorter ones; all of them are in the JSON document.",
    ),
    "outage_from": ("Sejak", "From"),
    "outage_until": ("Sampai", "Until"),
    "outage_entry": ("Entri", "Entry"),
    "outage_stopped": ("Tenggat yang dihentikan", "Clocks stopped"),
    "lasting": ("{hours} jam {minutes} menit", "{hours} h {minutes} min"),
    # -- terms
    "terms": ("Jangka waktu dan dasarnya", "The terms and their basis"),
    "terms_proposed": (
        "Jangka waktu yang bertanda USULAN adalah usulan dalam data, bukan ketentuan perjanjian. Terlambat menurut "
        "usulan bukan pelanggaran perjanjian.",
        "Terms marked PROPOSED are proposals of the data, not rules of the agreement. Late by a proposal is not a "
        "breach of the agreement.",
    ),
    "obligation": ("Kewajiban", "Obligation"),
    "applies": ("Berlaku untuk", "Applies to"),
    "term": ("Jangka waktu", "Term"),
    "basis": ("Dasar", "Basis"),
    "published": ("dipublikasikan", "published"),
    "proposed": ("USULAN", "PROPOSED"),
    "standard": ("umum", "all"),
    "emergency": ("darurat", "emergency"),
    "high_risk": ("risiko tinggi", "high risk"),
    "child": ("anak", "children"),
    "hours": ("{n} jam", "{n} hours"),
    "days": ("{n} hari", "{n} days"),
    "working_days": ("{n} hari kerja", "{n} working days"),
    "note": ("Catatan pada data perjanjian", "Note on the agreement's data"),
    "no_agreement": (
        "Data perjanjian tidak terbaca: jangka waktu dan nama provinsi tidak dapat ditampilkan.",
        "The agreement's data cannot be read: neither terms nor the names of provinces can be shown.",
    ),
    # -- evidence
    "evidence": ("Bukti", "Evidence"),
    "evidence_lead": (
        "Siapa pun yang memegang salinan catatan dan jangkar dapat mengulang hitungan ini tanpa memercayai siapa pun:",
        "Whoever holds a copy of the log and the anchor can repeat this count and trust nobody:",
    ),
    "log": ("Catatan", "Log"),
    "size": ("Banyak entri", "Entries"),
    "root": ("Akar", "Root"),
    "anchor": ("Jangkar", "Anchor"),
    "anchor_given": ("cocok dengan yang diberikan", "matches the one given"),
    "anchor_not_given": ("tidak dicocokkan", "not compared with any"),
    "agreement": ("Data perjanjian (SHA-256)", "Agreement data (SHA-256)"),
    "ends": ("Entri terakhir", "Last entry"),
    "at": ("Keadaan per", "As of"),
    # -- small counts
    "small": ("Angka kecil", "Small counts"),
    "small_lead": (
        "Angka 1 sampai 4 tidak ditampilkan ({few}), agar tidak seorang pun dapat dikenali. Angka yang memungkinkan "
        "angka kecil itu dihitung ikut ditahan ({held}). Nol ditampilkan. Bagian yang hanya diketahui batasnya "
        "ditulis sebagai rentang.",
        "Counts from 1 to 4 are not shown ({few}), so that nobody can be recognised. Counts from which they could be "
        "computed are withheld with them ({held}). Zero is shown. A share of which only the bounds can be told is "
        "given as a range.",
    ),
    "few": ("kurang dari lima", "fewer than five"),
    "held": ("ditahan", "withheld"),
}
