package web

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
)

//go:embed demo
var files embed.FS

// contentTypes are fixed here because a machine's own table may know other ones, and nosniff takes them at their word.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

// asset is one file, ready to be answered.
type asset struct {
	body              []byte
	contentType, etag string
}

// assets serves the files below demo/assets, each under a tag of its content: a browser asks every time and is told
// when nothing has changed.
func assets() http.Handler {
	known := map[string]asset{}
	err := fs.WalkDir(files, "demo/assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		sum := sha256.Sum256(body)
		known["/"+name] = asset{
			body: body, contentType: contentTypes[path.Ext(name)],
			etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`,
		}
		return err
	})
	if err != nil {
		panic(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found, ok := known[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", found.contentType)
		h.Set("Etag", found.etag)
		if r.Header.Get("If-None-Match") == found.etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write(found.body) // the browser may be gone
	})
}
