"""What a refused request is answered with: a page for people, JSON for the API."""

from collections.abc import Awaitable, Callable

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from schemas.audit import AuditDownError
from schemas.look_ups import VaultDownError
from schemas.mending import MendingDownError
from sinks.web.deciding import DecisionFault, EvidenceMovedError
from sinks.web.guard import COOKIE, ForbiddenError, ForgedError, HiddenError, NotSignedInError
from sinks.web.listing import WrongQueryError
from sinks.web.pages.render import page

log = structlog.get_logger("canbao.web")

API = "/api/"
UNAVAILABLE = 503
TEXTS = {
    400: "请求无法理解。",
    403: "当前角色没有此项权限，本次访问已记录。",
    404: "没有找到您要的内容。",
    405: "不支持这种操作。",
    422: "填写的内容不符合要求。",
    409: "证据已更新，请重新查看后再处理。",
    503: "读取数据的服务暂时无法访问，请稍后再试。",
}

DETAILS: dict[type[Exception], str] = {
    ForgedError: "页面已过期，请刷新后重试。",
    EvidenceMovedError: "您看到的版本之后又有新的证据，处理意见没有提交。",
    AuditDownError: "审计记录暂时无法写入，因此没有执行，也没有显示任何内容，请稍后再试。",
    MendingDownError: "死信或来源暂时无法读写，可能只完成了一部分；请稍后重试，重复办理不会重复生效。",
    VaultDownError: "身份库暂时无法读取，没有显示任何号码，请稍后再试。",
    ConnectionError: "操作没有得到确认，请返回后重试；同一次提交不会重复生效。",
}


def attach(app: FastAPI) -> None:
    """Give the application its answers."""
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    for fault, status in (
        (ForbiddenError, 403),
        (ForgedError, 403),
        (DecisionFault, 422),
        (EvidenceMovedError, 409),
        (HiddenError, 404),
        (WrongQueryError, 422),
        (RequestValidationError, 422),
        (RedisError, 503),
        (ConnectionError, 503),
    ):
        app.add_exception_handler(fault, _answer(status))
    app.add_exception_handler(HTTPException, _http)


def _answer(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        detail = str(error) if isinstance(error, WrongQueryError | DecisionFault) else _detail(error)
        if status == UNAVAILABLE:
            log.warning("a request was refused for want of a server", error=type(error).__name__)
        return said(request, status, detail)

    return answer


def _detail(error: Exception) -> str:
    return next((text for kind, text in DETAILS.items() if isinstance(error, kind)), "")


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    answer = said(request, status, "")
    answer.headers.update((error.headers or {}) if isinstance(error, HTTPException) else {})
    return answer


async def _not_signed_in(request: Request, _error: Exception) -> Response:
    """To the sign-in page; a fragment that a page fetched by itself makes the whole page go there."""
    if request.url.path.startswith(API):
        return said(request, 401, "")
    ended = "?ended=true" if COOKIE in request.cookies else ""
    if request.headers.get("HX-Request"):
        return Response(status_code=204, headers={"HX-Redirect": f"/signin{ended}"})
    return RedirectResponse(f"/signin{ended}", status_code=303)


def said(request: Request, status: int, detail: str) -> Response:
    """The answer with its text; never a value of the request."""
    text = TEXTS.get(status, "请先登录。" if status == 401 else "出错了。")  # noqa: PLR2004 - HTTP
    if request.url.path.startswith(API):
        return JSONResponse({"status": status, "title": text, "detail": detail}, status_code=status, media_type="application/problem+json")
    return page(request, "fault.html", status=status, text=text, detail=detail)
