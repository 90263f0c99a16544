package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gridward/web"
)

func get(path, accept string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	web.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })).ServeHTTP(w, r)
	return w
}

// TestThePageIsForBrowsers wants the page, or the word that it is not built,
// for a browser on any path, and the service's own answer for programs.
func TestThePageIsForBrowsers(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/somewhere"} {
		w := get(path, "text/html,*/*")
		if body := w.Body.String(); !strings.Contains(body, "<div id=\"app\">") && !strings.Contains(body, "make web") {
			t.Errorf("%s: %d %s", path, w.Code, body)
		}
		csp := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'self'") || strings.Contains(csp, "unsafe-") || strings.Contains(csp, "http:") {
			t.Errorf("%s: policy %q", path, csp)
		}
		if w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may be cached: %q", path, w.Header().Get("Cache-Control"))
		}
	}
	if w := get("/api-that-is-not", "application/json"); w.Code != http.StatusTeapot || w.Body.Len() > 0 || w.Header().Get("Content-Security-Policy") != "" {
		t.Errorf("a program gets %d %s", w.Code, w.Body)
	}
}
