// Package web is the console: a single page that the service carries in itself.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Palette is the map's colours and fonts as JSON: what the console's map and the
// service's styles are both drawn with.
//
//go:embed src/map/palette.json
var Palette []byte

// csp lets the page load nothing but what the service itself serves.
const csp = "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; worker-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler serves the console's files; every other path gets the page itself
// when a browser asks for one, and missing when a program does.
func Handler(missing http.Handler) http.Handler {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name == "" {
			name = "index.html"
		}
		info, err := fs.Stat(files, name)
		file := err == nil && !info.IsDir() && name != "index.html"
		if !file && !strings.Contains(r.Header.Get("Accept"), "text/html") {
			missing.ServeHTTP(w, r)
			return
		}
		h.Set("Content-Security-Policy", csp)
		if file {
			if strings.HasPrefix(name, "assets/") {
				h.Set("Cache-Control", "public, max-age=31536000, immutable") // their names carry a hash
			}
			server.ServeHTTP(w, r)
			return
		}
		h.Set("Cache-Control", "no-cache")
		if _, err := fs.Stat(files, "index.html"); err != nil {
			http.Error(w, "The console is not built: run make web and start Gridward again. The API works without it.", http.StatusNotFound)
			return
		}
		http.ServeFileFS(w, r, files, "index.html")
	})
}
