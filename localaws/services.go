package localaws

import (
	"fmt"
	"sync"

	"aircon/internal/awswire"
	"aircon/internal/sigv4"
	"aircon/localaws/op"
)

// service is a service with what the frame looks up in it.
type service struct {
	op.Service
	protocol   protocol
	style      sigv4.Style
	operations map[string]*op.Operation
	routes     awswire.Routes // REST-JSON
	checkers   sync.Map       // *op.Operation to *model.Checker, made when they are first needed
	trail      auditStyle
	latency    *histogram
}

// add takes a service in. How its inputs and outputs are written is found out when they are first needed, so that a start stays short.
func (s *Server) add(svc op.Service) error {
	if svc.Message == "" {
		svc.Message = "message"
	}
	added := &service{Service: svc, operations: make(map[string]*op.Operation, len(svc.Operations)), trail: styleOf(svc.Name), latency: new(histogram)}
	added.protocol, added.style = protocolOf(svc.Protocol)
	for i := range added.Operations {
		o := &added.Operations[i]
		if added.operations[o.Name] != nil {
			return fmt.Errorf("operation %s of service %s stands twice in the table", o.Name, svc.Name)
		}
		added.operations[o.Name] = o
		if svc.Protocol == op.RESTJSON {
			added.routes.Add(o.Method, o.Path, i)
		}
	}
	s.services = append(s.services, added)
	s.byName[svc.Name] = added
	switch svc.Protocol {
	case op.JSON11:
		s.byTarget[svc.Target] = added
	case op.Query:
		s.byVersion[svc.APIVersion] = added
	}
	return nil
}

func protocolOf(p op.Protocol) (protocol, sigv4.Style) {
	switch p {
	case op.Query:
		return queryProtocol{}, sigv4.StyleQuery
	case op.RESTJSON:
		return restProtocol{}, sigv4.StyleRESTJSON
	default:
		return jsonProtocol{}, sigv4.StyleJSON
	}
}
