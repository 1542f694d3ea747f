package mapping

import "strings"

// emailLens sends an address without blanks around it and with its domain in
// lower case; what stands before the @ is the receiver's own affair. What
// comes back is the CRM's address as it is.
type emailLens struct{}

func newEmail(*options, target) lens { return emailLens{} }

func (emailLens) forward(dst []byte, in *sources) ([]byte, *fault) {
	v, f := checkEmail(in.values[0])
	if f != nil {
		return dst, f
	}
	address := v.(string)
	at := strings.LastIndexByte(address, '@')
	return appendText(dst, address[:at]+strings.ToLower(address[at:])), nil
}

func (emailLens) backward(crm any, _ []any) ([]any, *fault) { return textBack(crm) }
