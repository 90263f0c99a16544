package httpapi

import (
	"fmt"
	"net/http"
)

// problemKind is one kind of mistake; /problems/{name} explains it.
type problemKind struct {
	name   string
	status int
	title  string
	zh     string
	do     string // what the client can do about it
}

var (
	kindBadRequest   = problemKind{"bad-request", http.StatusBadRequest, "The request cannot be read", "请求无法解读", "Mend what detail names: a parameter, the path or the body's form. Sending the same again does not help."}
	kindUnauthorized = problemKind{"unauthorized", http.StatusUnauthorized, "Who are you?", "请先登录", "Send a valid token as Authorization: Bearer <token>. An administrator makes one with gridward token create."}
	kindForbidden    = problemKind{"forbidden", http.StatusForbidden, "Your role may not do this", "当前角色无权操作", "Ask with an account whose role may. Your scope of units is not the reason; what lies outside it is simply not found."}
	kindNotFound     = problemKind{"not-found", http.StatusNotFound, "There is no such thing in your scope", "管辖范围内没有此对象", "Check the address. What lies outside your units answers the same as what does not exist."}
	kindNoDistrict   = problemKind{"no-district", http.StatusNotFound, "The district is not here", "本系统没有该区的数据", "Run gridward demo, or gridward import --units, for the district that the token belongs to."}
	kindMethod       = problemKind{"method", http.StatusMethodNotAllowed, "This method is not for this path", "该地址不支持此方法", "GET /api/openapi.yaml lists the methods of every path."}
	kindConflict     = problemKind{"id-reused", http.StatusConflict, "The id was used before", "标识已用于另一份报告", "The id belongs to a different report. Make a new id for a new report; repeat the same bytes to repeat a report."}
	kindCorrected    = problemKind{"corrected", http.StatusConflict, "It was corrected before", "该记录已被更正", "Read the place's inspections and correct the correction, by its id."}
	kindNotSettled   = problemKind{"not-settled", http.StatusConflict, "That moment is not settled yet", "该时点的数据尚未落定", "Something that was learned before it is still being written. Ask again in a moment, or for an earlier moment."}
	kindStale        = problemKind{"stale", http.StatusConflict, "It changed meanwhile", "内容已被他人更改", "Read it again, look at what is new, and send your change with the version that you read."}
	kindTaken        = problemKind{"taken", http.StatusConflict, "The days are taken", "该时段已有安排", "Another one holds on some of these days. List it (GET /api/postings?grid=…&class=… or /api/absences?person=…), end it first, or choose other days."}
	kindRefused      = problemKind{"refused", http.StatusUnprocessableEntity, "The operation would break a promise", "该操作不能执行", "reason says which promise, at and grid where. Draw it otherwise, or allow what may be allowed (disconnect, cut)."}
	kindOldVersion   = problemKind{"old-version", http.StatusPreconditionFailed, "The plan changed meanwhile", "方案已被他人更改", "Read the plan again, look at what is new, and send your change with If-Match of the version that you read."}
	kindNoVersion    = problemKind{"precondition-required", http.StatusPreconditionRequired, "Which version did you see?", "缺少版本号", "Send If-Match with the ETag that the plan had when you read it."}
	kindPlanState    = problemKind{"plan-state", http.StatusConflict, "The plan is not in the state for that", "方案当前状态不允许此操作", "detail says what state is wanted: a draft is drawn, proposed, reviewed, published."}
	kindUnitsChanged = problemKind{"units-changed", http.StatusConflict, "The town's communities changed", "街镇的居村委边界已变更", "The plan was made for other communities. Draw a new one from the plan in force."}
	kindTooLarge     = problemKind{"too-large", http.StatusRequestEntityTooLarge, "The body is too large", "请求内容过大", "Send less at once."}
	kindInvalid      = problemKind{"invalid", http.StatusUnprocessableEntity, "The request is not valid", "请求内容不合规", "errors names each field and what is wrong with it. Nothing was stored."}
	kindTryAgain     = problemKind{"try-again", http.StatusServiceUnavailable, "The service cannot work just now", "服务暂时不可用", "Send the same request, with the same id, after the seconds that Retry-After says. It is stored once, however often it is sent."}
	kindBusy         = problemKind{"busy", http.StatusServiceUnavailable, "Too much is asked at once", "请求过多，请稍候", "Ask again after the seconds that Retry-After says. Ask for fewer tiles at a time."}
	kindNotReady     = problemKind{"not-ready", http.StatusServiceUnavailable, "The service cannot work", "服务尚未就绪", "The operator finds the reason in detail and in the service's log."}
	kindInternal     = problemKind{"internal", http.StatusInternalServerError, "Something went wrong here", "服务内部错误", "Tell the operator the id in instance: it finds the request in the service's log."}
)

var problemKinds = []problemKind{kindBadRequest, kindUnauthorized, kindForbidden, kindNotFound, kindNoDistrict, kindMethod, kindConflict, kindCorrected, kindNotSettled, kindStale, kindTaken, kindRefused, kindOldVersion, kindNoVersion, kindPlanState, kindUnitsChanged,
	kindTooLarge, kindInvalid, kindTryAgain, kindBusy, kindNotReady, kindInternal}

// fail is a problem of a kind.
func (k problemKind) fail(format string, args ...any) *problem {
	return &problem{Type: "/problems/" + k.name, Title: k.title, Status: k.status, Detail: fmt.Sprintf(format, args...)}
}

// getProblem explains a kind of mistake; a problem's type is its address.
func (s *Server) getProblem(w http.ResponseWriter, r *http.Request) {
	for _, k := range problemKinds {
		if k.name == pathVar(r, "kind") {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			fmt.Fprintf(w, "%d %s\n%s\n\n%s\n", k.status, k.title, k.zh, k.do)
			return
		}
	}
	s.writeProblem(w, r, notFound("there is no kind of problem %q", pathVar(r, "kind")))
}
