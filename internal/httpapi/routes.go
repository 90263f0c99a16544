package httpapi

import (
	"context"
	_ "embed"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gridward/internal/auth"
)

// The routes of tiles, as metrics name them too.
const (
	tileRoute    = "/tiles/{layer}/{z}/{x}/{y}.mvt"
	columnsRoute = "/tiles/{layer}/{z}/{x}/{y}.h3t"
)

// Handler is every route; tiles that are kept are answered before any is looked for.
func (s *Server) Handler() http.Handler {
	router := s.Router()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.KeptTile(w, r) {
			router.ServeHTTP(w, r)
		}
	})
}

// Router is the same as a router, for tests that walk it.
func (s *Server) Router() *mux.Router {
	r := mux.NewRouter()
	r.Use(s.around)
	get := []string{http.MethodGet, http.MethodHead}

	t := r.PathPrefix("/tiles").Subrouter()
	t.Use(varies)
	t.Handle(strings.TrimPrefix(tileRoute, "/tiles"), s.as(auth.Read, s.getTile)).Methods(get...)
	t.Handle("/{matrix}/{layer}/{z}/{x}/{y}.mvt", s.as(auth.Read, s.getTile)).Methods(get...)
	t.Handle(strings.TrimPrefix(columnsRoute, "/tiles"), s.as(auth.Read, s.getColumns)).Methods(get...)
	t.Handle("/{layer}.json", s.as(auth.Read, s.getTileJSON)).Methods(get...)
	t.Handle("/{matrix}/{layer}.json", s.as(auth.Read, s.getTileJSON)).Methods(get...)

	y := r.PathPrefix("/styles").Subrouter()
	y.Use(varies)
	y.Handle("", s.as(auth.Read, s.listStyles)).Methods(get...)
	y.Handle("/{map}.json", s.as(auth.Read, s.getStyle)).Methods(get...)

	r.Handle("/changes", s.as(auth.Read, s.listenToChanges)).Methods(get...)

	a := r.PathPrefix("/api").Subrouter()
	a.Handle("/session", s.as(auth.Read, s.getSession)).Methods(get...)
	a.Handle("/district", s.as(auth.Read, s.getDistrict)).Methods(get...)
	a.Handle("/layers", s.as(auth.Read, s.getLayers)).Methods(get...)
	a.Handle("/categories", s.as(auth.Read, s.getCategories)).Methods(get...)
	a.Handle("/policy", s.as(auth.Read, s.getPolicy)).Methods(get...)
	a.HandleFunc("/policy/schema.json", getPolicySchema).Methods(get...)
	a.Handle("/hazard-types", s.as(auth.Read, s.getHazardTypes)).Methods(get...)
	a.Handle("/units", s.as(auth.Read, s.listUnits)).Methods(get...)
	a.Handle("/units.geojson", s.as(auth.Read, s.unitsGeoJSON)).Methods(get...)
	a.Handle("/units/{code}", s.as(auth.Read, s.getUnit)).Methods(get...)
	a.Handle("/grids", s.as(auth.Read, s.listGrids)).Methods(get...)
	a.Handle("/grids/{code}", s.as(auth.Read, s.getGrid)).Methods(get...)
	a.Handle("/places", s.as(auth.Read, s.listPlaces)).Methods(get...)
	a.Handle("/places/number/{number}", s.as(auth.Read, s.getNumber)).Methods(get...)
	a.Handle("/places/{id}", s.as(auth.Read, s.getPlace)).Methods(get...)
	a.Handle("/places/{id}", s.as(auth.Edit, s.patchPlace)).Methods(http.MethodPatch)
	a.Handle("/care", s.as(auth.Care, s.listCare)).Methods(get...)
	a.Handle("/care", s.as(auth.Care, s.postCare)).Methods(http.MethodPost)
	a.Handle("/care/{place}", s.as(auth.Care, s.getCare)).Methods(get...)
	a.Handle("/locate", s.as(auth.Read, s.locate)).Methods(get...)
	a.Handle("/coverage", s.as(auth.Read, s.getCoverage)).Methods(get...)
	a.Handle("/coverage/rollup", s.as(auth.Read, s.getRollup)).Methods(get...)
	a.Handle("/coverage/places", s.as(auth.Read, s.listObligations)).Methods(get...)
	a.Handle("/coverage/places/{id}", s.as(auth.Read, s.explainPlace)).Methods(get...)
	a.Handle("/coverage/forecast", s.as(auth.Read, s.getForecast)).Methods(get...)
	a.Handle("/coverage/missed", s.as(auth.Read, s.listMissed)).Methods(get...)
	a.Handle("/evidence", s.as(auth.Review, s.listEvidence)).Methods(get...)
	a.Handle("/evidence/patterns", s.as(auth.Review, s.listPatterns)).Methods(get...)
	a.Handle("/duties", s.as(auth.Read, s.listDuties)).Methods(get...)
	a.Handle("/coverage/certificates", s.as(auth.Read, s.listCertificates)).Methods(get...)
	a.Handle("/coverage/certificates", s.as(auth.Certify, s.postCertificate)).Methods(http.MethodPost)
	a.Handle("/coverage/certificates/key", s.as(auth.Read, s.getSigningKey)).Methods(get...)
	a.Handle("/coverage/certificates/{id}", s.as(auth.Read, s.getCertificate)).Methods(get...)
	a.Handle("/coverage/certificates/{id}/page", s.as(auth.Read, s.printCertificate)).Methods(get...)
	a.Handle("/coverage/certificates/{id}/proof", s.as(auth.Read, s.getProof)).Methods(get...)
	a.Handle("/coverage/spatial", s.as(auth.Read, s.getSpatial)).Methods(get...)
	a.Handle("/coverage/series", s.as(auth.Read, s.getSeries)).Methods(get...)
	a.Handle("/inspections", s.as(auth.Report, s.postInspection)).Methods(http.MethodPost)
	a.Handle("/inspections/{id}", s.as(auth.Read, s.getInspection)).Methods(get...)
	a.Handle("/inspections/{id}/reviews", s.as(auth.Review, s.postReview)).Methods(http.MethodPost)
	a.Handle("/tracks", s.as(auth.Read, s.listTracks)).Methods(get...)
	a.Handle("/tracks", s.as(auth.Report, s.postTrack)).Methods(http.MethodPost)
	a.Handle("/tracks/{id}", s.as(auth.Read, s.getTrack)).Methods(get...)
	a.Handle("/beats", s.as(auth.Read, s.listBeats)).Methods(get...)
	a.Handle("/beats/gaps", s.as(auth.Read, s.listGaps)).Methods(get...)
	a.Handle("/beats/areas", s.as(auth.Read, s.listAreas)).Methods(get...)
	a.Handle("/hazards", s.as(auth.Read, s.listHazards)).Methods(get...)
	a.Handle("/hazards", s.as(auth.Report, s.postHazard)).Methods(http.MethodPost)
	a.Handle("/hazards/{id}", s.as(auth.Read, s.getHazard)).Methods(get...)
	a.Handle("/hazards/{id}", s.as(auth.Report, s.moveHazard)).Methods(http.MethodPatch)
	a.Handle("/exemptions", s.as(auth.Excuse, s.postExemption)).Methods(http.MethodPost)
	a.Handle("/exemptions/{id}/withdraw", s.as(auth.Excuse, s.withdrawExemption)).Methods(http.MethodPost)
	a.Handle("/teams", s.as(auth.Read, s.listTeams)).Methods(get...)
	a.Handle("/teams", s.as(auth.Staff, s.postTeam)).Methods(http.MethodPost)
	a.Handle("/teams/{id}", s.as(auth.Read, s.getTeam)).Methods(get...)
	a.Handle("/teams/{id}", s.as(auth.Staff, s.patchTeam)).Methods(http.MethodPatch)
	a.Handle("/people", s.as(auth.Read, s.listPeople)).Methods(get...)
	a.Handle("/people", s.as(auth.Staff, s.postPerson)).Methods(http.MethodPost)
	a.Handle("/people/{id}", s.as(auth.Read, s.getPerson)).Methods(get...)
	a.Handle("/people/{id}", s.as(auth.Staff, s.patchPerson)).Methods(http.MethodPatch)
	a.Handle("/people/{id}/answers", s.as(auth.Read, s.getAnswers)).Methods(get...)
	a.Handle("/postings", s.as(auth.Read, s.listPostings)).Methods(get...)
	a.Handle("/postings", s.as(auth.Staff, s.postPosting)).Methods(http.MethodPost)
	a.Handle("/postings/{id}", s.as(auth.Staff, s.patchPosting)).Methods(http.MethodPatch)
	a.Handle("/absences", s.as(auth.Read, s.listAbsences)).Methods(get...)
	a.Handle("/absences", s.as(auth.Staff, s.postAbsence)).Methods(http.MethodPost)
	a.Handle("/absences/{id}", s.as(auth.Staff, s.patchAbsence)).Methods(http.MethodPatch)
	a.Handle("/holidays", s.as(auth.Read, s.listHolidays)).Methods(get...)
	a.Handle("/holidays", s.as(auth.Staff, s.postHoliday)).Methods(http.MethodPost)
	a.Handle("/holidays/{id}", s.as(auth.Staff, s.patchHoliday)).Methods(http.MethodPatch)
	a.Handle("/roster", s.as(auth.Read, s.getRoster)).Methods(get...)
	a.Handle("/roster/vacancies", s.as(auth.Read, s.listVacancies)).Methods(get...)
	a.Handle("/roster/stale", s.as(auth.Read, s.listStale)).Methods(get...)
	a.Handle("/plans", s.as(auth.Read, s.listPlans)).Methods(get...)
	a.Handle("/plans", s.as(auth.Draw, s.postPlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}", s.as(auth.Read, s.getPlan)).Methods(get...)
	a.Handle("/plans/{id}", s.as(auth.Draw, s.patchPlan)).Methods(http.MethodPatch)
	a.Handle("/plans/{id}", s.as(auth.Draw, s.deletePlan)).Methods(http.MethodDelete)
	a.Handle("/plans/{id}/grids", s.as(auth.Read, s.planGrids)).Methods(get...)
	a.Handle("/plans/{id}/borders", s.as(auth.Read, s.planBorders)).Methods(get...)
	a.Handle("/plans/{id}/blocks", s.as(auth.Read, s.planBlocks)).Methods(get...)
	a.Handle("/plans/{id}/preview", s.as(auth.Draw, s.previewStep)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/operations", s.as(auth.Read, s.listSteps)).Methods(get...)
	a.Handle("/plans/{id}/operations", s.as(auth.Draw, s.postSteps)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/undo", s.as(auth.Draw, s.undoStep)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/redo", s.as(auth.Draw, s.redoStep)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/problems", s.as(auth.Read, s.planProblems)).Methods(get...)
	a.Handle("/plans/{id}/compare", s.as(auth.Read, s.comparePlans)).Methods(get...)
	a.Handle("/plans/{id}/notice", s.as(auth.Read, s.planNotice)).Methods(get...)
	a.Handle("/plans/{id}/propose", s.as(auth.Draw, s.proposePlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/return", s.as(auth.Draw, s.returnPlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/publish", s.as(auth.Publish, s.publishPlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/withdraw", s.as(auth.Publish, s.withdrawPlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/rebase", s.as(auth.Draw, s.rebasePlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/balance", s.as(auth.Draw, s.balancePlan)).Methods(http.MethodPost)
	a.Handle("/jobs/{id}", s.as(auth.Read, s.getJob)).Methods(get...)
	a.Handle("/jobs/{id}", s.as(auth.Draw, s.deleteJob)).Methods(http.MethodDelete)
	a.Handle("/jobs/{id}/events", s.as(auth.Read, s.jobEvents)).Methods(get...)
	a.Handle("/plans/{id}/import", s.as(auth.Draw, s.importPlan)).Methods(http.MethodPost)
	a.Handle("/plans/{id}/export", s.as(auth.Read, s.exportPlan)).Methods(get...)
	a.HandleFunc("/openapi.yaml", getOpenAPI).Methods(get...)

	r.HandleFunc("/problems/{kind}", s.getProblem).Methods(get...)

	r.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) }).Methods(get...)
	r.HandleFunc("/readyz", s.ready).Methods(get...)
	r.Handle("/metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{})).Methods(get...)

	// The router forgets that a path matched with another method as soon as a
	// later route is looked at, so both of its answers are found anew.
	missing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.writeProblem(w, r, notFound("there is no %s", r.URL.Path))
	})
	nothing := s.around(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if methods := methodsOf(r, req); len(methods) > 0 {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			s.writeProblem(w, req, kindMethod.fail("%s is not for %s, but %s", req.Method, req.URL.Path, strings.Join(methods, ", ")))
			return
		}
		missing.ServeHTTP(w, req)
	}))
	for _, router := range []*mux.Router{r, t, y, a} {
		router.NotFoundHandler, router.MethodNotAllowedHandler = nothing, nothing
	}
	if s.console != nil {
		r.PathPrefix("/").Handler(s.console(missing)).Methods(get...)
	}
	return r
}

// varies says to caches what a tile or a style depends on besides its address, an error too.
func varies(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Vary"] = byAsker
		next.ServeHTTP(w, r)
	})
}

// methodsOf are the methods that a request's path has; none for an unknown path.
func methodsOf(router *mux.Router, r *http.Request) []string {
	var out []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		var m mux.RouteMatch
		if !router.Match(other, &m) || m.MatchErr != nil || m.Route == nil {
			continue
		}
		if has, err := m.Route.GetMethods(); err == nil && slices.Contains(has, method) {
			out = append(out, method)
		}
	}
	return out
}

// pathVar is the only reader of a route's variables.
func pathVar(r *http.Request, name string) string { return mux.Vars(r)[name] }

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if err := s.db.Ready(r.Context()); err != nil {
		s.writeProblem(w, r, kindNotReady.fail("%v", err))
		return
	}
	w.Write([]byte("ready\n"))
}

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the API's description.
func OpenAPI() []byte { return openAPI }

func getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Write(openAPI)
}

// Warm loads a district before the first request asks for it.
func (s *Server) Warm(ctx context.Context, district string) error {
	_, err := s.live(ctx, district)
	return err
}
