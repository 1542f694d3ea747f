package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"
	"unicode/utf8"

	"sendtocrm/internal/crm"
)

// Bounds of a JSON body. The depth is far beyond any record's, and far below what hurts a decoder.
const (
	maxBody   = 1 << 20
	maxDepth  = 64
	bodyLimit = 30 * time.Second
)

// guardBody reads a body within bounds and refuses what no later step should have to think about: other media types,
// invalid UTF-8, NUL characters (Postgres cannot hold them), deep nesting, and what is not one JSON value.
func guardBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(w, r)
			return
		}
		// A body that trickles in holds its connection no longer than this; the handler has all the time it needs.
		controller := http.NewResponseController(w)
		_ = controller.SetReadDeadline(time.Now().Add(bodyLimit)) // not every writer has one: tests' recorders
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		_ = controller.SetReadDeadline(time.Time{})
		if err == nil && len(body) > 0 {
			err = checkMedia(r.Header.Get("Content-Type"))
		}
		if err == nil && len(body) > 0 {
			err = checkText(body)
			if err == nil {
				err = checkJSON(body)
			}
		}
		if err != nil {
			writeProblem(w, r, bodyFault(err))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.ContentLength = int64(len(body))
		if len(body) == 0 {
			r.Body = http.NoBody
		}
		next.ServeHTTP(w, r)
	})
}

func bodyFault(err error) error {
	var tooLarge *http.MaxBytesError
	var known *crm.Error
	switch {
	case errors.As(err, &tooLarge):
		return &crm.Error{Code: crm.PayloadTooLarge, Detail: fmt.Sprintf("The body is larger than %d bytes.", maxBody)}
	case errors.As(err, &known):
		return err
	}
	return &crm.Error{Code: crm.InvalidRequest, Detail: "The body did not arrive whole.", Err: err}
}

func checkMedia(contentType string) error {
	media, params, err := mime.ParseMediaType(contentType)
	if err == nil && media == "application/json" && (params["charset"] == "" || params["charset"] == "utf-8" || params["charset"] == "UTF-8") {
		return nil
	}
	return &crm.Error{Code: crm.UnsupportedMediaType, Detail: "The body has to be application/json in UTF-8."}
}

// checkJSON refuses what is no JSON, and more than one value: the generated decoder would read the first and stop.
func checkJSON(body []byte) error {
	var syntax *json.SyntaxError
	if err := json.Unmarshal(body, new(json.RawMessage)); errors.As(err, &syntax) {
		return crm.Errorf(crm.InvalidRequest, "The body is not valid JSON, at offset %d.", syntax.Offset)
	}
	return nil
}

// checkText scans the body once, without building anything.
func checkText(body []byte) error {
	if !utf8.Valid(body) {
		return crm.Errorf(crm.InvalidRequest, "The body is not valid UTF-8.")
	}
	depth, inString := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == 0:
			return crm.Errorf(crm.InvalidRequest, "The body has a NUL byte at offset %d.", i)
		case inString && c == '\\':
			if bytes.HasPrefix(body[i+1:], []byte("u0000")) {
				return crm.Errorf(crm.InvalidRequest, "The body has a NUL character at offset %d.", i)
			}
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return crm.Errorf(crm.InvalidRequest, "The body is nested deeper than %d levels, at offset %d.", maxDepth, i)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
