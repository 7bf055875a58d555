package web

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/sidetone/sidetone/call"
	"github.com/sidetone/sidetone/store"
)

// seconds documents call.Position, which writes itself as a number.
type seconds float64

// eventDoc documents call.Event, which writes itself flat.
type eventDoc struct {
	_    struct{} `additionalProperties:"true"`
	Seq  uint64   `json:"seq" doc:"number in the call's log, from 1"`
	At   seconds  `json:"at" doc:"seconds on the call's media clock"`
	Type string   `json:"type" doc:"utterance, partial, advice, held, stress, whisper, ended, …; the other fields depend on it"`
}

func apiConfig(version string) huma.Config {
	c := huma.DefaultConfig("Sidetone", version)
	c.Info.Description = "Calls, live and finished: what was said, felt, advised and scored. " +
		"Sign in with POST /api/session (cookie) or send an API token: Authorization: Bearer …"
	c.OpenAPIPath, c.SchemasPath = "/api/openapi", ""
	c.DocsPath = ""     // the viewer would be loaded from somebody else's server
	c.CreateHooks = nil // no $schema links in answers
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":  {Type: "http", Scheme: "bearer", Description: "made by sidetone token or POST /api/tokens"},
		"cookie": {Type: "apiKey", In: "cookie", Name: sessionCookie},
	}
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[call.Position](), reflect.TypeFor[seconds]())
	c.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[call.Event](), reflect.TypeFor[eventDoc]())
	return c
}

// route is one operation: where it is, what it is for, who may.
type route struct {
	method, path, id, about string
	may                     permission
}

// mayKey is where the route's permission travels in the operation.
const mayKey = "x-permission"

// operation builds the OpenAPI operation of rt.
func (rt route) operation() huma.Operation {
	op := huma.Operation{Method: rt.method, Path: rt.path, OperationID: rt.id, Summary: rt.about,
		MaxBodyBytes: maxBody, BodyReadTimeout: readTimeout, Metadata: map[string]any{mayKey: rt.may},
		Errors: []int{http.StatusUnauthorized, http.StatusForbidden}}
	if rt.may == anyone {
		op.Errors = nil
		return op
	}
	op.Description = "For those who may " + string(rt.may) + "."
	op.Security = []map[string][]string{{"token": {}}, {"cookie": {}}}
	return op
}

// handle registers rt. The handler gets the caller, whose role has already
// been found to have the permission; whether it reaches this very call is the
// handler's to ask.
func handle[I, O any](s *Server, rt route, do func(ctx context.Context, who store.User, in *I) (*O, error)) {
	huma.Register(s.api, rt.operation(), func(ctx context.Context, in *I) (*O, error) {
		out, err := do(ctx, caller(ctx), in)
		if err != nil {
			return nil, s.problem(err)
		}
		return out, nil
	})
}

// admit stops a caller whose role does not have the operation's permission.
func (s *Server) admit(ctx huma.Context, next func(huma.Context)) {
	p, _ := ctx.Operation().Metadata[mayKey].(permission)
	who := caller(ctx.Context())
	switch {
	case p == anyone, reachOf(who.Role, p) != none:
		next(ctx)
	case who.Role == "":
		_ = huma.WriteErr(s.api, ctx, http.StatusUnauthorized, needSignIn) // huma reports it itself
	default:
		_ = huma.WriteErr(s.api, ctx, http.StatusForbidden, forbidden(who, p))
	}
}

const needSignIn = "sign in first: POST /api/session, or send an API token as Authorization: Bearer …"

func forbidden(who store.User, p permission) string {
	return "your role (" + string(who.Role) + ") may not " + string(p) + ": ask an administrator"
}
