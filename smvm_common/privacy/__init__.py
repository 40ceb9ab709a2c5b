"""The rights of data subjects (GDPR, chapter III): access, rectification, erasure, restriction.

Whoever submitted an idea is the subject of its run, known by pseudonym; consent is
recorded.
"""

from smvm_common.privacy.desk import PrivacyDesk, Request
from smvm_common.privacy.holds import LegalHolds
from smvm_common.privacy.subjects import SubjectIndex

__all__ = ["LegalHolds", "PrivacyDesk", "Request", "SubjectIndex"]
