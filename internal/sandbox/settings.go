package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// settings are the switches of the management port. Each stands for something that Alloy's documents leave open or
// contradict each other about; README.md has a heading per switch. A value in use is never changed, only replaced.
type settings struct {
	Envelope            string              `json:"envelope"`            // form of execute's answer
	StatusCode          string              `json:"statusCode"`          // what statusCode in envelope A means
	EmptyAnswer         string              `json:"emptyAnswer"`         // responseData where the CRM answers nothing
	ErrorForm           string              `json:"errorForm"`           // form of Alloy's errors
	ProviderErrors      string              `json:"providerErrors"`      // how a CRM's refusal surfaces
	StrictSchema        bool                `json:"strictSchema"`        // Alloy itself refuses what lacks a required field
	Callback            string              `json:"callback"`            // what comes back on redirectUri
	ConsentTTLSeconds   int                 `json:"consentTTLSeconds"`   // life of an oauthUrl
	CredentialDelayMs   int                 `json:"credentialDelayMs"`   // until a new credential is listed
	RequireBodyUserID   bool                `json:"requireBodyUserId"`   // POST credentials needs userId in the body
	Authentication      map[string][]string `json:"authentication"`      // types offered, per connector
	CopperOpportunities string              `json:"copperOpportunities"` // form of Copper's opportunities
	HubspotDealStages   []string            `json:"hubspotDealStages"`   // stages beside the stock ones
	SalesforceDuplicate bool                `json:"salesforceDuplicate"` // a duplicate rule blocks a known e-mail
	SearchLagMs         map[string]int      `json:"searchLagMs"`         // until a search sees a write, per connector
	RateLimits          map[string]int      `json:"rateLimits"`          // calls per second and account, per connector
}

// choices are the values of the settings that have a closed list, the default first.
var choices = map[string][]string{
	"envelope":            {"A", "B", "C"},
	"statusCode":          {"alloy", "provider"},
	"emptyAnswer":         {"string", "null", "absent", "object"},
	"errorForm":           {"E1", "E2", "E3", "E4"},
	"providerErrors":      {"status", "envelope", "bare"},
	"callback":            {"bare", "success", "credentialId", "error", "never"},
	"copperOpportunities": {"seed", "vendor"},
}

const (
	maxDelayMs = 10 * 60 * 1000 // of any delay that can be set
	maxTTL     = 24 * 60 * 60   // seconds
)

func defaultSettings() *settings {
	return &settings{
		Envelope: "A", StatusCode: "alloy", EmptyAnswer: "string", ErrorForm: "E1", ProviderErrors: "status",
		Callback: "bare", ConsentTTLSeconds: 600, CopperOpportunities: "seed", HubspotDealStages: []string{"negotiation"},
		Authentication: map[string][]string{}, SearchLagMs: map[string]int{}, RateLimits: map[string]int{},
	}
}

// merge returns a copy with the members of patch in place of its own. Inside an object-valued setting the members are
// merged too; null there returns one connector to its default.
func (s *settings) merge(patch []byte, c *catalog) (*settings, error) {
	merged := *s
	merged.HubspotDealStages = slices.Clone(s.HubspotDealStages)
	merged.Authentication = maps.Clone(s.Authentication)
	merged.SearchLagMs = maps.Clone(s.SearchLagMs)
	merged.RateLimits = maps.Clone(s.RateLimits)
	decoder := json.NewDecoder(bytes.NewReader(patch))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&merged); err != nil {
		if name, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
			return nil, fmt.Errorf("there is no setting %s; the settings are %s", name, strings.Join(settingNames(), ", "))
		}
		return nil, fmt.Errorf("the settings cannot be read: %w", err)
	}
	merged.Authentication = orEmpty(merged.Authentication)
	merged.SearchLagMs = orEmpty(merged.SearchLagMs)
	merged.RateLimits = orEmpty(merged.RateLimits)
	maps.DeleteFunc(merged.Authentication, func(_ string, types []string) bool { return types == nil })
	maps.DeleteFunc(merged.SearchLagMs, func(_ string, ms int) bool { return ms == 0 })
	maps.DeleteFunc(merged.RateLimits, func(_ string, n int) bool { return n == 0 })
	return &merged, merged.check(c)
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

// check finds every fault at once.
func (s *settings) check(c *catalog) error {
	var faults []error
	for name, value := range map[string]string{
		"envelope": s.Envelope, "statusCode": s.StatusCode, "emptyAnswer": s.EmptyAnswer, "errorForm": s.ErrorForm,
		"providerErrors": s.ProviderErrors, "callback": s.Callback, "copperOpportunities": s.CopperOpportunities,
	} {
		if !slices.Contains(choices[name], value) {
			faults = append(faults, fmt.Errorf("%s cannot be %q; it is one of %s", name, value, strings.Join(choices[name], ", ")))
		}
	}
	if s.ConsentTTLSeconds < 1 || s.ConsentTTLSeconds > maxTTL {
		faults = append(faults, fmt.Errorf("consentTTLSeconds has to be 1 to %d", maxTTL))
	}
	if s.CredentialDelayMs < 0 || s.CredentialDelayMs > maxDelayMs {
		faults = append(faults, fmt.Errorf("credentialDelayMs has to be 0 to %d", maxDelayMs))
	}
	for id, types := range s.Authentication {
		faults = append(faults, known(c, "authentication", id))
		for _, one := range types {
			if k := c.byID[id]; k != nil && !slices.ContainsFunc(k.Authentication, func(m authMethod) bool { return m.Type == one }) {
				faults = append(faults, fmt.Errorf("authentication: %s has no type %q", id, one))
			}
		}
	}
	for id, ms := range s.SearchLagMs {
		faults = append(faults, known(c, "searchLagMs", id))
		if ms < 0 || ms > maxDelayMs {
			faults = append(faults, fmt.Errorf("searchLagMs.%s has to be 0 to %d", id, maxDelayMs))
		}
	}
	for id, n := range s.RateLimits {
		faults = append(faults, known(c, "rateLimits", id))
		if n < 0 {
			faults = append(faults, fmt.Errorf("rateLimits.%s has to be 0 (none) or more", id))
		}
	}
	return errors.Join(faults...)
}

func known(c *catalog, setting, connector string) error {
	if c.byID[connector] == nil {
		return fmt.Errorf("%s: there is no connector %q; the connectors are %s", setting, connector, strings.Join(order[:], ", "))
	}
	return nil
}

func settingNames() []string {
	raw, _ := json.Marshal(settings{}) // strings, numbers, maps: cannot fail
	var names map[string]any
	_ = json.Unmarshal(raw, &names)
	return slices.Sorted(maps.Keys(names))
}

// switchboard holds the settings in force.
type switchboard struct {
	mu  sync.Mutex // serialises merges
	now atomic.Pointer[settings]
}

func (b *switchboard) current() *settings { return b.now.Load() }

// GET /settings
func (s *Server) getSettings(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.settings.current())
}

// PUT /settings
func (s *Server) putSettings(w http.ResponseWriter, r *http.Request) {
	patch, ok := readManagement(w, r)
	if !ok {
		return
	}
	s.settings.mu.Lock()
	merged, err := s.settings.current().merge(patch, s.catalog)
	if err == nil {
		s.settings.now.Store(merged)
	}
	s.settings.mu.Unlock()
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	s.changed()
	writeJSON(w, http.StatusOK, merged)
}
