package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	nethttpmiddleware "github.com/oapi-codegen/nethttp-middleware"

	"sendtocrm/internal/crm"
)

// validator checks requests against openapi.yaml.
//
// The copy given to kin-openapi calls itself 3.0.3: for 3.1 it compiles a JSON Schema anew for every request, which costs
// twenty times as much. Its own visitor, used then, knows everything that the request schemas use; a test keeps the
// keywords out that it does not know.
func validator(spec []byte) (func(http.Handler) http.Handler, error) {
	document, err := openapi3.NewLoader().LoadFromData(spec)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml cannot be read: %w", err)
	}
	document.OpenAPI = "3.0.3"
	document.Servers = nil
	return nethttpmiddleware.OapiRequestValidatorWithOptions(document, &nethttpmiddleware.Options{
		Options: openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, // Callers has done it
			MultiError:         true,
		},
		DiscardValidatedValue: true,
		ErrorHandlerWithOpts: func(_ context.Context, err error, w http.ResponseWriter, r *http.Request, _ nethttpmiddleware.ErrorHandlerOpts) {
			writeProblem(w, r, requestFault(err))
		},
	}), nil
}

// requestFault lists every fault of a request by its place. The validator's own texts quote values, which may be a
// person's data, so only its reasons are used.
func requestFault(err error) error {
	fault := &crm.Error{Code: crm.InvalidRequest, Err: errors.New("refused by openapi.yaml")}
	collectFaults(err, "", fault)
	if fault.Detail == "" {
		fault.Detail = "The request does not have the form that the contract asks for."
	}
	return fault
}

func collectFaults(err error, place string, fault *crm.Error) {
	switch e := err.(type) { //nolint:errorlint // each layer is looked at for itself
	case openapi3.MultiError:
		for _, inner := range e {
			collectFaults(inner, place, fault)
		}
	case *openapi3filter.RequestError:
		collectRequestFault(e, place, fault)
	case *openapi3.SchemaError:
		if inner, ok := e.Origin.(openapi3.MultiError); ok { //nolint:errorlint // see above
			collectFaults(inner, place, fault)
			return
		}
		pointer := strings.Join(append([]string{place}, e.JSONPointer()...), "/")
		add(fault, pointer, "schema_"+snake(e.SchemaField), bounded(e.Reason, 200))
	default:
		if inner := errors.Unwrap(err); inner != nil {
			collectFaults(inner, place, fault)
			return
		}
		add(fault, place, "invalid", "The value cannot be read.")
	}
}

func collectRequestFault(e *openapi3filter.RequestError, place string, fault *crm.Error) {
	switch {
	case e.Parameter != nil:
		place = e.Parameter.Name
		if errors.Is(e.Err, openapi3filter.ErrInvalidRequired) {
			add(fault, place, "required", "The parameter is missing.")
			return
		}
		if e.Err == nil {
			add(fault, place, "invalid", bounded(e.Reason, 200))
			return
		}
	case e.RequestBody != nil && errors.Is(e.Err, openapi3filter.ErrInvalidRequired):
		fault.Detail = "The request needs a body."
		return
	}
	if e.Err != nil {
		collectFaults(e.Err, place, fault)
	}
}

func add(fault *crm.Error, field, code, message string) {
	if len(fault.Fields) < 50 {
		fault.Fields = append(fault.Fields, crm.FieldError{Field: bounded(field, 120), Code: code, Message: message})
	}
}

func snake(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
