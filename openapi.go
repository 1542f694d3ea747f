// Package sendtocrm holds what the whole repository shares: the contract.
package sendtocrm

import _ "embed"

// OpenAPI is openapi.yaml, as the service serves and enforces it.
//
//go:embed openapi.yaml
var OpenAPI []byte
