'use strict';
(() => {
  const POINTS = 120;
  const PERIOD_MS = 1000;
  const FETCH_MS = 5000;
  const $ = id => document.getElementById(id);
  const history = {in: [], out: [], lag: [], memory: []};
  let last = null;

  const bytes = n => {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let i = 0;
    while (n >= 999.5 && i < units.length - 1) {
      n /= 1024;
      i++;
    }
    return Number(i === 0 ? Math.round(n) : n.toPrecision(3)) + ' ' + units[i];
  };
  const rate = n => bytes(n) + '/s';
  const count = n => n.toLocaleString('en');
  const age = ms => {
    const s = Math.floor(ms / 1000);
    if (s < 60) return s + ' s';
    if (s < 3600) return Math.floor(s / 60) + ' min ' + s % 60 + ' s';
    if (s < 86400) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
    return Math.floor(s / 86400) + ' d ' + Math.floor(s % 86400 / 3600) + ' h';
  };
  const sum = counters => Object.values(counters).reduce((a, b) => a + b, 0);
  const push = (list, value) => {
    list.push(value);
    if (list.length > POINTS) list.shift();
  };

  // Bytes per second since the last look; nothing where there was none or the counter began anew.
  const perSecond = (now, before, seconds) =>
    before === undefined || now < before || seconds <= 0 ? 0 : (now - before) / seconds;

  const draw = (canvas, values, label) => {
    const scale = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const g = canvas.getContext('2d');
    g.scale(scale, scale);
    const style = getComputedStyle(document.documentElement);
    const most = Math.max(1, ...values);
    const x = i => width - (values.length - 1 - i) * width / (POINTS - 1);
    const y = v => height - 2 - v / most * (height - 18);
    g.strokeStyle = style.getPropertyValue('--line');
    g.beginPath();
    g.moveTo(0, height - 1.5);
    g.lineTo(width, height - 1.5);
    g.stroke();
    if (values.length === 0) return;
    g.beginPath();
    values.forEach((v, i) => i === 0 ? g.moveTo(x(i), y(v)) : g.lineTo(x(i), y(v)));
    g.strokeStyle = style.getPropertyValue('--accent');
    g.lineWidth = 1.5;
    g.stroke();
    g.lineTo(width, height);
    g.lineTo(x(0), height);
    g.closePath();
    g.globalAlpha = 0.15;
    g.fillStyle = style.getPropertyValue('--accent');
    g.fill();
    g.globalAlpha = 1;
    g.fillStyle = style.getPropertyValue('--soft');
    g.font = '11px system-ui, sans-serif';
    g.fillText('max ' + label(Math.max(0, ...values)), 2, 11);
  };

  const cell = (row, text, className) => {
    const td = row.insertCell();
    td.textContent = text;
    if (className) td.className = className;
    return td;
  };

  const short = id => id.slice(0, 8);

  // Where another node says that its dashboard is: a web server's place, and nothing else.
  const place = text => {
    try {
      const url = new URL(text);
      return url.protocol === 'http:' || url.protocol === 'https:' ? url.origin + '/' : null;
    } catch (problem) {
      return null;
    }
  };

  const nodeRow = (body, node) => {
    const row = body.insertRow();
    cell(row, short(node.id), 'name');
    cell(row, node.draining ? 'draining' : 'running', node.draining ? 'waiting' : 'live');
    cell(row, node.loadPercent + ' %', 'n');
    cell(row, node.client || 'not told');
    cell(row, node.link);
    cell(row, node.version);
    const last = cell(row, node.self ? 'this one' : 'not told');
    const where = !node.self && node.http ? place(node.http) : null;
    if (where) {
      const link = document.createElement('a');
      link.href = where;
      link.rel = 'noreferrer';
      link.textContent = where;
      last.replaceChildren(link);
    }
  };

  const showCluster = cluster => {
    $('cluster').hidden = !cluster;
    $('seat').hidden = !cluster;
    if (!cluster) return;
    const directory = cluster.directory;
    const well = directory.reachable && directory.writable;
    const words = [
      well ? 'directory: all is well'
          : directory.reachable ? 'directory TAKES NO WRITES' : 'directory CANNOT BE REACHED',
      directory.problem,
      cluster.leaseHeld ? '' : 'this node has NO LEASE: to others it has gone',
      cluster.strangers > 0 ? cluster.strangers + ' with another cluster key' : '',
      cluster.nodeCount > cluster.nodes.length
          ? 'the first ' + cluster.nodes.length + ' of ' + count(cluster.nodeCount) : ''];
    $('directory').textContent = words.filter(word => word).join('; ');
    $('directory').className = well && cluster.leaseHeld ? '' : 'over';
    const body = document.createElement('tbody');
    body.id = 'nodes';
    cluster.nodes.forEach(node => nodeRow(body, node));
    $('nodes').replaceWith(body);
  };

  const seat = session => {
    switch (session.seat) {
      case undefined: return '';
      case 'edge': return 'edge of ' + short(session.owner || '?') + (session.linked ? '' : ', NO LINK');
      case 'owner': return 'owner' + (session.links > 0 ? ', links: ' + session.links : '');
      default: return session.seat;
    }
  };

  const sessionRow = (body, session, before, seconds) => {
    const row = body.insertRow();
    cell(row, session.name, 'name');
    cell(row, session.producerWaits ? session.state + ', producer waits' : session.state,
        session.producerWaits ? 'waits' : session.state);
    cell(row, session.overflow);
    cell(row, count(session.consumers), 'n');
    cell(row, rate(perSecond(session.publishedBytes, before && before.publishedBytes, seconds)), 'n');
    cell(row, rate(perSecond(session.deliveredBytes, before && before.deliveredBytes, seconds)), 'n');
    cell(row, bytes(session.maxLagBytes), 'n');
    cell(row, bytes(session.heldBytes), 'n');
    cell(row, age(session.ageMs), 'n');
    cell(row, session.wire);
    if (session.seat) cell(row, seat(session));
    const connections = of => (of.linkConnections || []).concat(of.consumerConnections);
    const known = new Map((before ? connections(before) : []).map(c => [c.connection, c]));
    const links = (session.linkConnections || []).length;
    for (const [i, consumer] of connections(session).entries()) {
      const line = body.insertRow();
      const old = known.get(consumer.connection);
      line.className = 'consumer';
      cell(line, (i < links ? 'link ' : 'consumer ') + consumer.connection);
      cell(line, consumer.peer).colSpan = 4;
      cell(line, rate(perSecond(consumer.sentBytes, old && old.sentBytes, seconds)), 'n');
      cell(line, bytes(consumer.lagBytes), 'n');
      cell(line, '');
      cell(line, age(consumer.ageMs), 'n');
    }
    if (session.consumers > session.consumerConnections.length) {
      const line = body.insertRow();
      line.className = 'consumer';
      cell(line, 'and ' + (session.consumers - session.consumerConnections.length) + ' more');
    }
  };

  const show = now => {
    const status = now.status;
    const seconds = last ? (now.atMs - last.atMs) / 1000 : 0;
    if (last && seconds === 0) return;
    $('state').textContent = status.state;
    $('state').className = 'state ' + status.state;
    $('uptime').textContent = 'up ' + age(status.uptimeMs);
    $('sessions').textContent = count(status.sessions);
    $('producers').textContent = count(status.connections.producer);
    $('consumers').textContent = count(status.connections.consumer);
    $('refused').textContent = count(sum(status.rejected));
    $('overflows').textContent = count(sum(status.overflows));
    $('gaps').textContent = count(status.gapFrames);
    const lag = Math.max(0, ...now.sessions.map(s => s.maxLagBytes));
    if (last) {
      const before = last.status;
      push(history.in, perSecond(status.receivedBytes, before.receivedBytes, seconds));
      push(history.out, perSecond(status.sentBytes, before.sentBytes, seconds));
    }
    push(history.lag, lag);
    push(history.memory, status.logMemoryBytes);
    $('rateIn').textContent = rate(history.in.at(-1) || 0);
    $('rateOut').textContent = rate(history.out.at(-1) || 0);
    $('lagNow').textContent = bytes(lag);
    $('memoryNow').textContent =
        bytes(status.logMemoryBytes) + ' of ' + bytes(status.memoryBudgetBytes);
    draw($('chartIn'), history.in, rate);
    draw($('chartOut'), history.out, rate);
    draw($('chartLag'), history.lag, bytes);
    draw($('chartMemory'), history.memory, bytes);
    showCluster(now.cluster);
    const old = new Map((last ? last.sessions : []).map(s => [s.name, s]));
    const body = document.createElement('tbody');
    body.id = 'rows';
    now.sessions.forEach(session => sessionRow(body, session, old.get(session.name), seconds));
    $('rows').replaceWith(body);
    $('none').hidden = now.sessions.length > 0;
    $('shown').textContent = now.total > now.sessions.length
        ? 'the ' + now.sessions.length + ' with the largest lag, of ' + count(now.total) : '';
    last = now;
  };

  const look = async () => {
    try {
      const answer = await fetch('/api/overview', {signal: AbortSignal.timeout(FETCH_MS)});
      if (!answer.ok) throw new Error(answer.status);
      show(await answer.json());
      $('stale').hidden = true;
    } catch (problem) {
      $('stale').hidden = false;
    }
    setTimeout(look, PERIOD_MS);
  };
  look();
})();
