package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"
)

// user is an Alloy user. The API key's own user has no username.
type user struct {
	ID       string `json:"userId"`
	FullName string `json:"fullName"`
	Username string `json:"username,omitempty"`
}

// credential is a user's permission to use a connector. No secret of the CRM is kept.
type credential struct {
	ID        string    `json:"credentialId"`
	UserID    string    `json:"userId"`
	Connector string    `json:"connector"`
	Name      string    `json:"name"`
	Type      string    `json:"type"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	ListedAt  time.Time `json:"listedAt"` // lists do not show it before
	Revoked   bool      `json:"revoked"`
	Number    int       `json:"number"` // of the user's credentials for the connector, ever made
}

// consent is an oauthUrl that was given out.
type consent struct {
	Token       string    `json:"token"`
	UserID      string    `json:"userId"`
	Connector   string    `json:"connector"`
	RedirectURI string    `json:"redirectUri"`
	ExpiresAt   time.Time `json:"expiresAt"`
	Used        bool      `json:"used"`
}

// accountKey names a CRM account: all credentials of a user for a connector reach the same one.
type accountKey struct{ User, Connector string }

// directory is Alloy's own data. Values go in and out by copy.
type directory struct {
	mu          sync.RWMutex
	owner       string // the API key's user
	users       map[string]user
	names       map[string]string // username: id
	credentials map[string]credential
	consents    map[string]consent
	made        map[accountKey]int // credentials ever made, for their names
}

func newDirectory(owner string) *directory {
	d := &directory{owner: owner}
	d.reset()
	return d
}

// reset forgets everything but the id of the API key's user.
func (d *directory) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users = map[string]user{d.owner: {ID: d.owner, FullName: "API key owner"}}
	d.names, d.credentials, d.consents = map[string]string{}, map[string]credential{}, map[string]consent{}
	d.made = map[accountKey]int{}
}

func (d *directory) keyOwner() user {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.users[d.owner]
}

func (d *directory) user(id string) (user, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	u, ok := d.users[id]
	return u, ok
}

// find takes an id or a username.
func (d *directory) find(idOrName string) (user, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if u, ok := d.users[idOrName]; ok {
		return u, true
	}
	u, ok := d.users[d.names[idOrName]]
	return u, ok
}

// allUsers are sorted by id, which is by age.
func (d *directory) allUsers() []user {
	d.mu.RLock()
	defer d.mu.RUnlock()
	all := make([]user, 0, len(d.users))
	for _, u := range d.users {
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b user) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// addUser fails if the username is taken.
func (d *directory) addUser(u user) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, taken := d.names[u.Username]; taken {
		return false
	}
	d.users[u.ID], d.names[u.Username] = u, u.ID
	return true
}

func (d *directory) rename(id, fullName string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u, ok := d.users[id]; ok {
		u.FullName = fullName
		d.users[id] = u
	}
}

// removeUser takes the user's credentials along.
func (d *directory) removeUser(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.names, d.users[id].Username)
	delete(d.users, id)
	for key, c := range d.credentials {
		if c.UserID == id {
			delete(d.credentials, key)
		}
	}
}

// addCredential names the credential as Alloy does, with a number from the second on, and never replaces one.
func (d *directory) addCredential(c credential, connectorName string) credential {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := accountKey{c.UserID, c.Connector}
	d.made[key]++
	owner := cmp.Or(d.users[c.UserID].FullName, d.users[c.UserID].Username, "Unknown user")
	c.Name = fmt.Sprintf("%s's %s", owner, connectorName)
	if c.Number = d.made[key]; c.Number > 1 {
		c.Name += fmt.Sprintf(" (%d)", c.Number)
	}
	d.credentials[c.ID] = c
	return c
}

func (d *directory) credential(id string) (credential, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c, ok := d.credentials[id]
	return c, ok
}

// credentialsOf are oldest first.
func (d *directory) credentialsOf(match func(credential) bool) []credential {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var found []credential
	for _, c := range d.credentials {
		if match(c) {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b credential) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Number, b.Number), cmp.Compare(a.ID, b.ID))
	})
	return found
}

func (d *directory) removeCredential(id string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, ok := d.credentials[id]
	delete(d.credentials, id)
	return ok
}

func (d *directory) revoke(id string) (credential, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.credentials[id]
	if ok {
		c.Revoked = true
		d.credentials[id] = c
	}
	return c, ok
}

// addConsent forgets those that ran out a day ago.
func (d *directory) addConsent(c consent, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for token, old := range d.consents {
		if now.Sub(old.ExpiresAt) > 24*time.Hour {
			delete(d.consents, token)
		}
	}
	d.consents[c.Token] = c
}

func (d *directory) consent(token string) (consent, bool) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	c, ok := d.consents[token]
	return c, ok
}

// useConsent marks the consent as used and reports whether it still could be.
func (d *directory) useConsent(token string, now time.Time) (consent, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, ok := d.consents[token]
	if !ok || c.Used || now.After(c.ExpiresAt) {
		return c, false
	}
	c.Used = true
	d.consents[token] = c
	return c, true
}
