"""The numbered rules of verification, and the closed list of codes that say how one was broken.

Promise: every refusal and every finding names a rule of docs/ledger-format.md by number; a test compares the texts.
Rules: a number is never reused; a code belongs to exactly one rule. What has no number because no log can show it, only
the service at the moment of the request, has a word (`WORDS`): a signed refusal names a number or one of these (F18).
Elsewhere: what a finding is, `ledger.findings`; who applies the rules, `ledger.admissions` and `ledger.verifier`.
"""

from enum import StrEnum
from typing import Final

RULES: Final[dict[str, str]] = {
    "V1": "The signatures verify over the received bytes; then the body parses; then its RFC 8785 form equals it.",
    "V2": "The key is the one the body names, known and valid as of the index, of the body's party, and of a use that may sign this kind.",
    "V3": "After a key's revocation its statements are void; those between since_claimed and the revocation are disputed.",
    "V4": "A statement stands in the log once.",
    "V5": "The body names this log and the agreement in force.",
    "V6": "key_prev is null or names an earlier logged statement of the same key; one that is not in the log was dropped.",
    "V7": "seen is null or the size and root of this very tree, of size 1 to the entry's index, never falling for a key.",
    "V8": "referral.sent names a new referral; every other act on a referral names the last logged statement on it.",
    "V9": "The act is legal for the state the log has led the referral to.",
    "V10": "A leaf is the canonical JSON of exactly at, env, index and prev, of at most 65,535 bytes.",
    "V11": "Indexes count from 0 without gap, repetition or exchange.",
    "V12": "prev is the leaf hash of the entry before, 64 zeros for the first.",
    "V13": "at is an instant in whole seconds of UTC and never falls.",
    "V14": "An envelope is exactly payload, payloadType and signatures, in strict base64, typed by its kind's family.",
    "V15": "A body has exactly the fields of its kind, each in its form, padded to a multiple of 256 bytes.",
    "V16": "Entry 0, and only it, adopts the agreement, signed by every founder's root key; its SHA-256 is the anchor.",
    "V17": "A notice of the host is true, and no breach or expiry is a day old without its notice.",
    "V18": "The checkpoint is signed by the log key of the genesis, for the log's origin.",
    "V19": "The checkpoint's size and root are those of the entries.",
    "V20": "Every earlier checkpoint is signed and is the root of a prefix of the same tree.",
    "V21": "Hash tiles and entries agree: no byte of an entry differs from what was published.",
    "V22": "Every file that the checkpoint's size demands is there, whole and readable.",
    "V23": "A receipt is signed by the host key and its entry stands in the log as it says.",
    "V24": "A public key is canonical, on the curve, of prime order, and in the register once.",
    "V25": "The agreement's data file is the one whose SHA-256 the statements name.",
    "V26": "No statement is entered more than five minutes before the time that its signer claims.",
    "V27": "An entry's at is not more than 300 seconds before the preceding quorum time, nor after the covering one.",
    "V28": "Where a quorum is demanded, no entry is without one for a day.",
}

WORDS: Final[dict[str, str]] = {
    "INVALID_INPUT": "The request around the statement is out of form: another kind than the act's, an opening, the idempotency key.",
    "NOT_FOUND": "What the statement speaks of is not there, or not its signer's.",
    "STALE_VERSION": "What the act would change has changed since the version that the request names.",
    "COMMITMENT_MISMATCH": "A commitment of the statement is not opened by the opening that came with it, or none came.",
    "IDEMPOTENCY_KEY_REUSED": "The idempotency key was used before, for another content.",
    "STATEMENT_EXPIRED": "The statement was made more than 72 hours ago, by its `claimed_at`.",
}


class Code(StrEnum):
    """How a rule was broken."""

    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    SIGNATURE_COUNT = "SIGNATURE_COUNT"
    NOT_CANONICAL = "NOT_CANONICAL"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_NOT_VALID_THEN = "KEY_NOT_VALID_THEN"
    KEY_OF_OTHER_PARTY = "KEY_OF_OTHER_PARTY"
    KEY_MAY_NOT_SIGN = "KEY_MAY_NOT_SIGN"
    KEY_REVOKED = "KEY_REVOKED"
    STATEMENT_KNOWN = "STATEMENT_KNOWN"
    OTHER_LOG = "OTHER_LOG"
    OTHER_AGREEMENT = "OTHER_AGREEMENT"
    KEY_PREV_MISSING = "KEY_PREV_MISSING"
    KEY_PREV_OF_OTHER_KEY = "KEY_PREV_OF_OTHER_KEY"
    SEEN_SIZE = "SEEN_SIZE"
    SEEN_UNKNOWN = "SEEN_UNKNOWN"
    SEEN_FORKED = "SEEN_FORKED"
    SEEN_FALLS = "SEEN_FALLS"
    REFERRAL_EXISTS = "REFERRAL_EXISTS"
    REFERRAL_UNKNOWN = "REFERRAL_UNKNOWN"
    REFERRAL_PREV_STALE = "REFERRAL_PREV_STALE"
    ACT_ILLEGAL = "ACT_ILLEGAL"
    LEAF_MALFORMED = "LEAF_MALFORMED"
    LEAF_TOO_LONG = "LEAF_TOO_LONG"
    INDEX_GAP = "INDEX_GAP"
    INDEX_REPEATED = "INDEX_REPEATED"
    INDEX_WRONG = "INDEX_WRONG"
    CHAIN_BROKEN = "CHAIN_BROKEN"
    AT_FALLS = "AT_FALLS"
    ENVELOPE_MALFORMED = "ENVELOPE_MALFORMED"
    KIND_UNKNOWN = "KIND_UNKNOWN"
    BODY_INVALID = "BODY_INVALID"
    PAD_WRONG = "PAD_WRONG"
    GENESIS_INVALID = "GENESIS_INVALID"
    GENESIS_MISPLACED = "GENESIS_MISPLACED"
    ANCHOR_DIFFERS = "ANCHOR_DIFFERS"
    NOTICE_FALSE = "NOTICE_FALSE"
    NOTICE_MISSING = "NOTICE_MISSING"
    CHECKPOINT_INVALID = "CHECKPOINT_INVALID"
    ROOT_DIFFERS = "ROOT_DIFFERS"
    EARLIER_CHECKPOINT_INVALID = "EARLIER_CHECKPOINT_INVALID"
    EARLIER_ROOT_DIFFERS = "EARLIER_ROOT_DIFFERS"
    ENTRY_ALTERED = "ENTRY_ALTERED"
    TILE_ALTERED = "TILE_ALTERED"
    BUNDLE_ALTERED = "BUNDLE_ALTERED"
    FILE_MISSING = "FILE_MISSING"
    FILE_BROKEN = "FILE_BROKEN"
    RECEIPT_INVALID = "RECEIPT_INVALID"
    RECEIPT_UNKEPT = "RECEIPT_UNKEPT"
    REFUSAL_INVALID = "REFUSAL_INVALID"
    REFUSAL_FALSE = "REFUSAL_FALSE"
    KEY_UNSAFE = "KEY_UNSAFE"
    KEY_NAME_TAKEN = "KEY_NAME_TAKEN"
    KEY_PUBLIC_TAKEN = "KEY_PUBLIC_TAKEN"
    AGREEMENT_FILE = "AGREEMENT_FILE"
    CLAIMED_LATER = "CLAIMED_LATER"
    AT_BEFORE_WITNESSED = "AT_BEFORE_WITNESSED"
    AT_AFTER_WITNESSED = "AT_AFTER_WITNESSED"
    QUORUM_MISSING = "QUORUM_MISSING"


_BY_RULE: Final[dict[str, tuple[Code, ...]]] = {
    "V1": (Code.SIGNATURE_INVALID, Code.SIGNATURE_COUNT, Code.NOT_CANONICAL),
    "V2": (Code.KEY_UNKNOWN, Code.KEY_NOT_VALID_THEN, Code.KEY_OF_OTHER_PARTY, Code.KEY_MAY_NOT_SIGN),
    "V3": (Code.KEY_REVOKED,),
    "V4": (Code.STATEMENT_KNOWN,),
    "V5": (Code.OTHER_LOG, Code.OTHER_AGREEMENT),
    "V6": (Code.KEY_PREV_MISSING, Code.KEY_PREV_OF_OTHER_KEY),
    "V7": (Code.SEEN_SIZE, Code.SEEN_UNKNOWN, Code.SEEN_FORKED, Code.SEEN_FALLS),
    "V8": (Code.REFERRAL_EXISTS, Code.REFERRAL_UNKNOWN, Code.REFERRAL_PREV_STALE),
    "V9": (Code.ACT_ILLEGAL,),
    "V10": (Code.LEAF_MALFORMED, Code.LEAF_TOO_LONG),
    "V11": (Code.INDEX_GAP, Code.INDEX_REPEATED, Code.INDEX_WRONG),
    "V12": (Code.CHAIN_BROKEN,),
    "V13": (Code.AT_FALLS,),
    "V14": (Code.ENVELOPE_MALFORMED,),
    "V15": (Code.KIND_UNKNOWN, Code.BODY_INVALID, Code.PAD_WRONG),
    "V16": (Code.GENESIS_INVALID, Code.GENESIS_MISPLACED, Code.ANCHOR_DIFFERS),
    "V17": (Code.NOTICE_FALSE, Code.NOTICE_MISSING),
    "V18": (Code.CHECKPOINT_INVALID,),
    "V19": (Code.ROOT_DIFFERS,),
    "V20": (Code.EARLIER_CHECKPOINT_INVALID, Code.EARLIER_ROOT_DIFFERS),
    "V21": (Code.ENTRY_ALTERED, Code.TILE_ALTERED, Code.BUNDLE_ALTERED),
    "V22": (Code.FILE_MISSING, Code.FILE_BROKEN),
    "V23": (Code.RECEIPT_INVALID, Code.RECEIPT_UNKEPT, Code.REFUSAL_INVALID, Code.REFUSAL_FALSE),
    "V24": (Code.KEY_UNSAFE, Code.KEY_NAME_TAKEN, Code.KEY_PUBLIC_TAKEN),
    "V25": (Code.AGREEMENT_FILE,),
    "V26": (Code.CLAIMED_LATER,),
    "V27": (Code.AT_BEFORE_WITNESSED, Code.AT_AFTER_WITNESSED),
    "V28": (Code.QUORUM_MISSING,),
}

RULE_OF: Final[dict[Code, str]] = {code: rule for rule, codes in _BY_RULE.items() for code in codes}


class Refused(Exception):
    """A statement, leaf or file breaks a rule. Verification raises this; it never returns False."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(code, message)  # both, so that it survives the way back from another process
        self.code = code
        self.rule = RULE_OF[code]
        self.message = message

    def __str__(self) -> str:
        return f"{self.rule} {self.code}: {self.message}"
