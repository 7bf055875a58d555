package web

import (
	"context"
	"errors"
	"net/http"

	"github.com/sidetone/sidetone/store"
)

type userList struct {
	Body struct {
		Users []store.User `json:"users"`
	}
}

type putUser struct {
	Name string `path:"name" maxLength:"64"`
	Body struct {
		Display  string     `json:"display,omitempty" maxLength:"100"`
		Role     store.Role `json:"role" enum:"agent,supervisor,qc,trainer,admin"`
		Address  string     `json:"address,omitempty" maxLength:"200" doc:"SIP address of the phone"`
		Disabled bool       `json:"disabled,omitempty"`
		Password string     `json:"password,omitempty" maxLength:"256" doc:"a new password; empty: as it was"`
	}
}

type oneName struct {
	Name string `path:"name" maxLength:"64"`
}

type tokenList struct {
	Body struct {
		Tokens []store.Token `json:"tokens"`
	}
}

type newToken struct {
	Body struct {
		Name string     `json:"name,omitempty" maxLength:"100" doc:"what it is for"`
		Role store.Role `json:"role" enum:"agent,supervisor,qc,trainer,admin"`
		User string     `json:"user,omitempty" maxLength:"64" doc:"whom it speaks for; needed for role agent to see calls"`
	}
}

type tokenMade struct {
	Body struct {
		store.Token
		Secret string `json:"secret" doc:"shown this once"`
	}
}

type auditList struct {
	Body struct {
		Entries []store.Entry `json:"entries"`
	}
}

type readAudit struct {
	Before int64 `query:"before" doc:"id of the last entry of the page before"`
	Limit  int   `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

func (s *Server) peopleRoutes() {
	handle(s, route{http.MethodGet, "/api/users", "list-users", "Users", manage},
		func(ctx context.Context, _ store.User, _ *nothing) (*userList, error) {
			users, err := s.cfg.Store.Users(ctx)
			out := &userList{}
			out.Body.Users = users
			return out, err
		})
	handle(s, route{http.MethodPut, "/api/users/{name}", "put-user", "Add or change a user", manage}, s.putUser)
	handle(s, route{http.MethodDelete, "/api/users/{name}", "remove-user", "Remove a user", manage},
		func(ctx context.Context, who store.User, in *oneName) (*nothing, error) {
			if err := s.cfg.Store.RemoveUser(ctx, in.Name); err != nil {
				return nil, err
			}
			s.audit(ctx, who, "user removed", in.Name, "")
			return nil, nil
		})
	handle(s, route{http.MethodGet, "/api/tokens", "list-tokens", "API tokens", manage},
		func(ctx context.Context, _ store.User, _ *nothing) (*tokenList, error) {
			tokens, err := s.cfg.Store.Tokens(ctx)
			out := &tokenList{}
			out.Body.Tokens = tokens
			return out, err
		})
	handle(s, route{http.MethodPost, "/api/tokens", "add-token", "Make an API token", manage}, s.addToken)
	handle(s, route{http.MethodDelete, "/api/tokens/{name}", "remove-token", "Remove an API token", manage},
		func(ctx context.Context, who store.User, in *oneName) (*nothing, error) {
			if err := s.cfg.Store.RemoveToken(ctx, in.Name); err != nil {
				return nil, err
			}
			s.audit(ctx, who, "token removed", in.Name, "")
			return nil, nil
		})
	handle(s, route{http.MethodGet, "/api/audit", "audit", "Who did what, newest first", manage},
		func(ctx context.Context, _ store.User, in *readAudit) (*auditList, error) {
			entries, err := s.cfg.Store.Entries(ctx, in.Before, in.Limit)
			out := &auditList{}
			out.Body.Entries = entries
			return out, err
		})
}

func (s *Server) putUser(ctx context.Context, who store.User, in *putUser) (*struct{ Body store.User }, error) {
	u, err := s.cfg.Store.User(ctx, in.Name)
	if errors.Is(err, store.ErrNotFound) {
		u, err = store.User{Name: in.Name, Created: s.cfg.Now().UTC()}, nil
	}
	if err != nil {
		return nil, err
	}
	if err := store.CheckNewPassword(in.Body.Password); in.Body.Password != "" && err != nil {
		return nil, err // before anything is changed
	}
	u.Display, u.Role, u.Address, u.Disabled = in.Body.Display, in.Body.Role, in.Body.Address, in.Body.Disabled
	if err := s.cfg.Store.PutUser(ctx, u); err != nil {
		return nil, err
	}
	detail := "role " + string(u.Role)
	if in.Body.Password != "" {
		if err := s.cfg.Store.SetPassword(ctx, u.Name, in.Body.Password); err != nil {
			return nil, err
		}
		detail += ", new password"
	}
	if u.Disabled {
		detail += ", switched off"
	}
	s.audit(ctx, who, "user changed", u.Name, detail)
	return &struct{ Body store.User }{u}, nil
}

func (s *Server) addToken(ctx context.Context, who store.User, in *newToken) (*tokenMade, error) {
	secret, t, err := s.cfg.Store.AddToken(ctx, store.Token{Name: in.Body.Name, Role: in.Body.Role,
		User: in.Body.User, Created: s.cfg.Now()})
	if err != nil {
		return nil, err
	}
	s.audit(ctx, who, "token made", t.ID, "role "+string(t.Role))
	out := &tokenMade{}
	out.Body.Token, out.Body.Secret = t, secret
	return out, nil
}
