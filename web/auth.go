package web

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/sidetone/sidetone/store"
	"go.uber.org/zap"
	"golang.org/x/time/rate"
)

const (
	sessionCookie = "sidetone_session"
	// sessionLife is one long shift; the agent signs in once a day.
	sessionLife = 14 * time.Hour
)

type callerKey struct{}

// caller returns who asks; the zero User when nobody signed in.
func caller(ctx context.Context) store.User {
	u, _ := ctx.Value(callerKey{}).(store.User)
	return u
}

// whoIsIt finds the caller by token or cookie and puts it into the request's
// context. A bad secret is refused rather than taken for nobody, so that a
// program with an old token is told so.
func (s *Server) whoIsIt(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") {
			next.ServeHTTP(w, r)
			return
		}
		u, err := s.identify(r)
		switch {
		case errors.Is(err, store.ErrNotFound):
			if r.Header.Get("Authorization") != "" {
				writeProblem(w, http.StatusUnauthorized, "this API token is unknown or was removed: make a new one with sidetone token")
				return
			}
			u = store.User{} // a session that is over: the page will ask to sign in
		case err != nil:
			s.writeError(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, u)))
	})
}

func (s *Server) identify(r *http.Request) (store.User, error) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, secret, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return store.User{}, store.ErrNotFound
		}
		return s.cfg.Store.TokenUser(r.Context(), strings.TrimSpace(secret))
	}
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return store.User{}, nil
	}
	return s.cfg.Store.Session(r.Context(), c.Value, s.cfg.Now())
}

// guessing slows down whoever guesses passwords, by name and by address. Both
// tables are bounded: when one is full it is emptied, which helps a guesser
// less than running out of memory helps anybody.
type guessing struct {
	now   func() time.Time
	mu    sync.Mutex
	names map[string]*rate.Limiter
	hosts map[string]*rate.Limiter
}

const (
	guessTable = 10_000
	nameBurst  = 6                // tries at once for one name …
	nameEvery  = 10 * time.Second // … then one each
	hostBurst  = 40               // a whole office may sit behind one address
	hostEvery  = time.Second
)

func newGuessing(now func() time.Time) *guessing {
	return &guessing{now: now, names: map[string]*rate.Limiter{}, hosts: map[string]*rate.Limiter{}}
}

// wait returns 0 when a try is allowed now, else how long to wait.
func (g *guessing) wait(name, host string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	take := func(table map[string]*rate.Limiter, key string, every time.Duration, burst int) time.Duration {
		l := table[key]
		if l == nil {
			if len(table) >= guessTable {
				clear(table)
			}
			l = rate.NewLimiter(rate.Every(every), burst)
			table[key] = l
		}
		if l.AllowN(now, 1) {
			return 0
		}
		return every
	}
	return max(take(g.names, strings.ToLower(name), nameEvery, nameBurst), take(g.hosts, host, hostEvery, hostBurst))
}

// forgive forgets the tries for a name that then signed in.
func (g *guessing) forgive(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.names, strings.ToLower(name))
}

type (
	remoteKey struct{} // host a request came from
	tlsKey    struct{} // whether it came over TLS
)

func remoteHost(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// meDoc is who asks.
type meDoc struct {
	store.User
	Permissions []string `json:"permissions" doc:"what this person may do, for the pages to show"`
}

type me struct{ Body meDoc }

func newMe(u store.User) *me {
	m := &me{Body: meDoc{User: u, Permissions: []string{}}}
	for name, p := range map[string]permission{"whisper": whisper, "answer": giveAnswer, "drill": startDrills,
		"manage": manage, "mute": muteCoach, "hangup": hangUp} {
		if reachOf(u.Role, p) != none {
			m.Body.Permissions = append(m.Body.Permissions, name)
		}
	}
	if reachOf(u.Role, seeCalls) == all {
		m.Body.Permissions = append(m.Body.Permissions, "all")
	}
	return m
}

type signIn struct {
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"64"`
		Password string `json:"password" minLength:"1" maxLength:"256"`
	}
}

type signedInAs struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      meDoc
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

type nothing struct{}

func (s *Server) sessionRoutes() {
	handle(s, route{http.MethodPost, "/api/session", "sign-in", "Sign in", anyone},
		func(ctx context.Context, _ store.User, in *signIn) (*signedInAs, error) {
			return s.signIn(ctx, in.Body.Name, in.Body.Password)
		})
	handle(s, route{http.MethodDelete, "/api/session", "sign-out", "Sign out", anyone},
		func(ctx context.Context, _ store.User, in *struct {
			Session string `cookie:"sidetone_session"`
		}) (*signedOut, error) {
			return &signedOut{s.cookie(ctx, "", -1)}, s.cfg.Store.CloseSession(ctx, in.Session)
		})
	handle(s, route{http.MethodGet, "/api/me", "me", "Who am I, and what may I do", signedIn},
		func(_ context.Context, who store.User, _ *nothing) (*me, error) { return newMe(who), nil })
	handle(s, route{http.MethodPost, "/api/me/password", "change-password", "Change my password", signedIn},
		func(ctx context.Context, who store.User, in *struct {
			Body struct {
				Old string `json:"old" maxLength:"256"`
				New string `json:"new" maxLength:"256"`
			}
		}) (*nothing, error) {
			if _, err := s.check(ctx, who.Name, in.Body.Old); err != nil {
				return nil, err
			}
			s.audit(ctx, who, "password changed", who.Name, "")
			return nil, s.cfg.Store.SetPassword(ctx, who.Name, in.Body.New)
		})
}

func (s *Server) signIn(ctx context.Context, name, password string) (*signedInAs, error) {
	u, err := s.check(ctx, name, password)
	if err != nil {
		return nil, err
	}
	secret, err := s.cfg.Store.OpenSession(ctx, u.Name, s.cfg.Now().Add(sessionLife))
	if err != nil {
		return nil, err
	}
	s.audit(ctx, u, "sign in", u.Name, "")
	return &signedInAs{s.cookie(ctx, secret, int(sessionLife.Seconds())), newMe(u).Body}, nil
}

// check tests a password, slowly for whoever tries many.
func (s *Server) check(ctx context.Context, name, password string) (store.User, error) {
	host, _ := ctx.Value(remoteKey{}).(string)
	if wait := s.guess.wait(name, host); wait > 0 {
		after := strconv.Itoa(int(wait.Seconds()))
		return store.User{}, huma.ErrorWithHeaders(huma.Error429TooManyRequests(
			"too many tries: wait "+after+" seconds, then try again"), http.Header{"Retry-After": {after}})
	}
	u, err := s.cfg.Store.CheckPassword(ctx, name, password)
	if errors.Is(err, store.ErrWrongPassword) {
		s.cfg.Log.Info("wrong password", zap.String("name", name), zap.String("from", host))
		return u, huma.Error401Unauthorized("wrong user name or password")
	}
	if err == nil {
		s.guess.forgive(name)
	}
	return u, err
}

func (s *Server) cookie(ctx context.Context, value string, maxAge int) http.Cookie {
	tls, _ := ctx.Value(tlsKey{}).(bool)
	return http.Cookie{Name: sessionCookie, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: tls || s.cfg.BehindTLS}
}

// audit keeps who did what. A store that cannot take it must not stop a
// supervisor in the middle of a call; it is logged instead.
func (s *Server) audit(ctx context.Context, who store.User, what, target, detail string) {
	err := s.cfg.Store.Record(ctx, store.Entry{At: s.cfg.Now(), Who: who.Name, What: what, Target: target, Detail: detail})
	if err != nil {
		s.cfg.Log.Error("audit entry lost", zap.String("who", who.Name), zap.String("what", what),
			zap.String("target", target), zap.Error(err))
	}
}
