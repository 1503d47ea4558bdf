package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

const podIP = "10.1.2.3"

var variable = regexp.MustCompile(`\$\((\w+)\)`)

// decode reads one document into the type of its kind; an unknown field, a field twice or one of another case is an error.
func decode(document []byte) (any, error) {
	text, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return nil, err
	}
	var head meta.TypeMeta
	if err := json.UnmarshalCaseSensitivePreserveInts(text, &head); err != nil {
		return nil, err
	}
	kinds := map[string]any{
		"v1 ConfigMap":                       &core.ConfigMap{},
		"v1 Service":                         &core.Service{},
		"apps/v1 StatefulSet":                &apps.StatefulSet{},
		"policy/v1 PodDisruptionBudget":      &policy.PodDisruptionBudget{},
		"networking.k8s.io/v1 NetworkPolicy": &networking.NetworkPolicy{},
	}
	object, known := kinds[head.APIVersion+" "+head.Kind]
	if !known {
		return nil, fmt.Errorf("%s %s is not known here", head.APIVersion, head.Kind)
	}
	strict, err := json.UnmarshalStrict(text, object)
	if err == nil {
		err = join(strict)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", head.Kind, err)
	}
	return object, nil
}

func join(all []error) error {
	var text []string
	for _, each := range all {
		text = append(text, each.Error())
	}
	if len(text) == 0 {
		return nil
	}
	return errors.New(strings.Join(text, "; "))
}

// bundle is all that stands in one file.
type bundle struct {
	set      *apps.StatefulSet
	configs  map[string]*core.ConfigMap
	services map[string]*core.Service
	selects  map[string]*meta.LabelSelector
	budgets  int
	wrong    []error
}

func (b *bundle) fault(format string, args ...any) {
	b.wrong = append(b.wrong, fmt.Errorf(format, args...))
}

func (b *bundle) add(object any) {
	switch o := object.(type) {
	case *core.ConfigMap:
		b.configs[o.Name] = o
	case *core.Service:
		b.services[o.Name] = o
		b.selects["Service "+o.Name] = &meta.LabelSelector{MatchLabels: o.Spec.Selector}
	case *apps.StatefulSet:
		if b.set != nil {
			b.fault("there are two StatefulSets")
		}
		b.set = o
		b.selects["StatefulSet"] = o.Spec.Selector
	case *policy.PodDisruptionBudget:
		b.budgets++
		b.selects["PodDisruptionBudget"] = o.Spec.Selector
		if o.Spec.MaxUnavailable == nil || o.Spec.MaxUnavailable.IntValue() != 1 {
			b.fault("the PodDisruptionBudget is to let one relay go at a time")
		}
	case *networking.NetworkPolicy:
		b.selects["NetworkPolicy"] = &o.Spec.PodSelector
	}
}

// kubernetes reads the manifests in a file, each strictly, looks whether they belong together, and gives the relay's container.
func kubernetes(file string) ([]relay, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	b := &bundle{
		configs: map[string]*core.ConfigMap{}, services: map[string]*core.Service{}, selects: map[string]*meta.LabelSelector{},
	}
	for i, document := range bytes.Split(text, []byte("\n---\n")) {
		object, err := decode(document)
		if err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", file, i+1, err)
		}
		b.add(object)
	}
	if b.set == nil || b.budgets != 1 {
		return nil, fmt.Errorf("%s: a StatefulSet and a PodDisruptionBudget are needed", file)
	}
	found := b.relay()
	if err := join(b.wrong); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return []relay{found}, nil
}

func (b *bundle) relay() relay {
	template := b.set.Spec.Template
	for name, selector := range b.selects {
		chosen, err := meta.LabelSelectorAsSelector(selector)
		if err != nil || chosen.Empty() || !chosen.Matches(labels.Set(template.Labels)) {
			b.fault("%s does not choose the pods", name)
		}
	}
	headless := b.services[b.set.Spec.ServiceName]
	if headless == nil || headless.Spec.ClusterIP != core.ClusterIPNone || !headless.Spec.PublishNotReadyAddresses {
		b.fault("serviceName is no headless Service that names pods which are not ready, too")
	}
	pod := template.Spec
	if len(pod.Containers) != 1 || len(pod.InitContainers) != 1 {
		b.fault("one container and one that prepares it are expected")
		return relay{}
	}
	b.mounts(pod)
	container := pod.Containers[0]
	b.probes(container)
	b.ports(container)
	for resource, limit := range container.Resources.Limits {
		if request, ok := container.Resources.Requests[resource]; !ok || request.Cmp(limit) > 0 {
			b.fault("%s: no request, or one above the limit", resource)
		}
	}
	if pod.TerminationGracePeriodSeconds == nil {
		b.fault("there is no terminationGracePeriodSeconds")
		return relay{}
	}
	return relay{
		Name: container.Name, Args: container.Args, Env: b.environment(container), Files: b.files(pod, container),
		Prepare: pod.InitContainers[0].Command, GraceSeconds: *pod.TerminationGracePeriodSeconds,
	}
}

// mounts looks whether each mount has its volume, each volume a mount, and each ConfigMap is here.
func (b *bundle) mounts(pod core.PodSpec) {
	volumes := map[string]bool{}
	for _, volume := range pod.Volumes {
		volumes[volume.Name] = false
		if volume.ConfigMap != nil && b.configs[volume.ConfigMap.Name] == nil {
			b.fault("the volume %s is of a ConfigMap that is not here", volume.Name)
		}
	}
	for _, container := range append(append([]core.Container{}, pod.InitContainers...), pod.Containers...) {
		for _, mount := range container.VolumeMounts {
			if _, ok := volumes[mount.Name]; !ok {
				b.fault("%s mounts %s, which is no volume", container.Name, mount.Name)
			}
			volumes[mount.Name] = true
		}
	}
	for name, used := range volumes {
		if !used {
			b.fault("nobody mounts the volume %s", name)
		}
	}
}

func (b *bundle) probes(container core.Container) {
	named := map[string]bool{}
	for _, port := range container.Ports {
		named[port.Name] = true
	}
	for name, probe := range map[string]*core.Probe{
		"startup": container.StartupProbe, "liveness": container.LivenessProbe, "readiness": container.ReadinessProbe,
	} {
		if probe == nil || probe.HTTPGet == nil {
			b.fault("there is no %s probe by HTTP", name)
			continue
		}
		want := "/livez"
		if name == "readiness" {
			want = "/readyz"
		}
		if !named[probe.HTTPGet.Port.StrVal] || probe.HTTPGet.Path != want {
			b.fault("the %s probe asks for %s at %s", name, probe.HTTPGet.Path, probe.HTTPGet.Port.String())
		}
	}
}

// ports looks whether what Services send to is there.
func (b *bundle) ports(container core.Container) {
	named := map[string]int32{}
	for _, port := range container.Ports {
		if wrong := validation.IsValidPortName(port.Name); len(wrong) > 0 {
			b.fault("%s: %s", port.Name, strings.Join(wrong, ", "))
		}
		named[port.Name] = port.ContainerPort
	}
	for _, service := range b.services {
		for _, port := range service.Spec.Ports {
			if target := port.TargetPort; target.StrVal != "" && named[target.StrVal] == 0 {
				b.fault("Service %s sends to %s, which is no port", service.Name, target.String())
			}
			if service.Spec.ClusterIP == core.ClusterIPNone && named[port.Name] != port.Port {
				b.fault("the headless Service %s has another port %s than the pods", service.Name, port.Name)
			}
		}
	}
}

// environment is what the container's first pod gets, $(NAME) put in.
func (b *bundle) environment(container core.Container) map[string]string {
	given := map[string]string{}
	for _, each := range container.Env {
		value := each.Value
		if from := each.ValueFrom; from != nil && from.FieldRef != nil {
			value = map[string]string{
				"metadata.name": b.set.Name + "-0", "metadata.namespace": "default", "status.podIP": podIP,
			}[from.FieldRef.FieldPath]
		}
		for _, name := range variable.FindAllStringSubmatch(value, -1) {
			before, ok := given[name[1]]
			if !ok {
				b.fault("%s names %s, which does not stand in front of it", each.Name, name[1])
			}
			value = strings.ReplaceAll(value, name[0], before)
		}
		if value == "" {
			b.fault("%s has no value", each.Name)
		}
		given[each.Name] = value
	}
	return given
}

// files are those of ConfigMaps, by where the container has them.
func (b *bundle) files(pod core.PodSpec, container core.Container) map[string]string {
	files := map[string]string{}
	for _, mount := range container.VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name == mount.Name && volume.ConfigMap != nil && b.configs[volume.ConfigMap.Name] != nil {
				for name, text := range b.configs[volume.ConfigMap.Name].Data {
					files[mount.MountPath+"/"+name] = text
				}
			}
		}
	}
	return files
}
