"""The words that offices use in their ledgers: headers of columns, and states of the work."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from ledger.states import CLOSED, DEFERRED, OPEN, REOPENED, WAIVED, WORKING

__all__ = ["field_of", "folded", "state_of"]

# The first of each is the header that the program writes.
_HEADERS: dict[str, tuple[str, ...]] = {
    "number": ("问题编号", "编号", "台账编号", "事项编号", "number", "case number"),
    "source": ("来源", "问题来源", "线索来源", "source"),
    "found_on": ("发现日期", "发现时间", "排查日期", "列账日期", "found on", "date found"),
    "area": ("地区", "区域", "所在地区", "所属区域", "所属街道", "行政区", "area"),
    "service": ("服务事项", "事项", "服务类别", "设施类型", "项目类别", "service"),
    "problem": ("问题描述", "存在问题", "存在的问题", "问题", "主要问题", "问题内容", "problem"),
    "people": ("涉及人口", "涉及人数", "影响人口", "受影响人口", "people concerned", "people"),
    "target": ("整改目标", "目标", "工作目标", "target"),
    "measures": ("整改措施", "措施", "整改方案", "工作措施", "具体措施", "measures"),
    "kind": ("整治类型", "整改类型", "整改方式", "kind"),
    "lead": ("牵头单位", "责任单位", "牵头部门", "整改责任单位", "lead office", "lead"),
    "support": ("配合单位", "协办单位", "配合部门", "supporting offices", "support"),
    "leader": ("责任领导", "包保领导", "分管领导", "牵头领导", "responsible leader", "leader"),
    "contact": (
        "责任人及电话",
        "责任人",
        "联系人",
        "联系人及电话",
        "contact and telephone",
        "contact",
    ),
    "due": ("时限", "整改时限", "完成时限", "整改期限", "完成时间", "due"),
    "progress": ("进展", "整改进展", "进展情况", "整改情况", "工作进展", "progress"),
    "shares": ("可达率前→后", "可达率", "share before → after", "shares"),
    "site_check": ("现场核查", "核查情况", "现场核查情况", "site check"),
    "notice": ("公示", "公示情况", "public notice", "notice"),
    "acceptance": ("验收意见", "验收情况", "验收", "acceptance"),
    "approval": ("销号审批", "销号", "审批意见", "销号情况", "approval"),
    "state": ("状态", "整改状态", "当前状态", "办理状态", "是否整改", "state", "status"),
    "note": ("备注", "说明", "note", "remarks"),
}
# In the order of the work; a cell with several counts as the last one that it names.
_STATES: dict[str, tuple[str, ...]] = {
    OPEN: (
        "待交办", "未交办", "待整改", "未整改", "未开始", "未启动", "未办", "未销号", "未完成",
        "open",
    ),
    "assigned": ("已交办", "已转办", "已派单", "交办", "已受理", "assigned"),
    "in_progress": (
        "整改中", "正在整改", "推进中", "办理中", "进行中", "实施中", "in progress", "in_progress",
    ),
    "submitted": (
        "申请验收", "待验收", "已整改", "整改完成", "已完成", "完成整改", "申请销号", "submitted",
    ),
    "accepted": ("已验收公示", "已验收", "验收通过", "已公示", "验收合格", "accepted"),
    CLOSED: ("已销号", "销号", "已办结", "办结", "已关闭", "closed"),
    DEFERRED: ("暂缓", "缓办", "暂缓整改", "延期", "deferred"),
    WAIVED: ("不予整改", "不整改", "不再整改", "waived"),
    REOPENED: ("重新列账", "反弹", "回潮", "重新列入", "reopened"),
}  # fmt: skip
_BETWEEN = re.compile(r"[、,，;；/／\n|→\s]+")
_ORDER = (*WORKING, CLOSED, DEFERRED, WAIVED, REOPENED)


def folded(text: str) -> str:
    """A header without spaces, brackets and case."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"\(.*?\)|[\s:：*]+", "", text)


_FIELD_OF = {folded(word): name for name, words in _HEADERS.items() for word in words}
_STATE_OF = {folded(word): state for state, words in _STATES.items() for word in words}


def field_of(header: str, mapped: Mapping[str, str]) -> str:
    """The field that a header names; empty for none.

    Parameters
    ----------
    mapped : mapping
        The user's own: folded header → field; "" leaves the column out.
    """
    name = folded(header)
    return mapped[name] if name in mapped else _FIELD_OF.get(name, "")


def state_of(text: str, mapped: Mapping[str, str]) -> str:
    """The state that a cell means: the furthest of those that it names; empty for none."""
    whole = folded(text)
    known = {**_STATE_OF, **mapped}
    if whole in known:
        return known[whole]
    parts = [folded(part) for part in _BETWEEN.split(unicodedata.normalize("NFKC", text))]
    found = [known[part] for part in parts if part in known]
    if not found:
        # A sentence that holds one of the words: the longest words first, each part of it once.
        rest = whole
        for word in sorted(known, key=len, reverse=True):
            if len(word) > 1 and word in rest:
                found.append(known[word])
                rest = rest.replace(word, "|")
    return max(found, key=_ORDER.index, default="")
