import type { Words } from './en';

export const zh: Words = {
  app: 'Sidetone',
  nav: { desk: '我的通话', board: '实时通话', calls: '通话记录', practice: '模拟练习', settings: '设置', signOut: '退出登录', skip: '跳到正文', language: 'English', dark: '深色', light: '浅色' },
  signIn: {
    title: '登录', name: '用户名', password: '密码', go: '登录', lead: '在恰当的时刻给你帮助,只有你听得到。',
    first: '第一次使用?“admin” 的密码在网关首次启动时显示过一次。需要新密码请运行:sidetone user password admin',
    again: '你已退出,请重新登录。', wrong: '用户名或密码不对。', wait: '尝试次数太多,请等十秒再试。',
  },
  common: {
    loading: '加载中…', again: '重试', offline: '连接不上网关。请检查网络,页面会自动重试。', cancel: '取消', save: '保存', copy: '复制', copied: '已复制',
    none: '无', unknown: '未知', more: '显示更多', close: '关闭', remove: '删除', back: '返回', notFound: '没有这个页面。', home: '回到首页', error: '操作没有成功',
  },
  party: { customer: '客户', agent: '坐席', unknown: '说话人', you: '你', coach: '助手' },
  state: { ringing: '振铃中', live: '通话中', finished: '已结束' },
  kind: { live: '通话', simulation: '练习', recording: '录音', '': '通话' },
  ending: {
    customer_hung_up: '客户挂断', agent_hung_up: '坐席挂断', cancelled: '振铃时来电方放弃', no_answer: '无人接听', busy: '占线', declined: '拒接',
    unreachable: '无法接通', media_lost: '线路没有声音', shutdown: '网关停止', broken_off: '意外中断', failed: '失败', recording: '录音结束', '': '',
  },
  part: {
    hearing: '暂时没有文字记录', meaning: '部分提示暂时不可用', voice: '暂时没有语音提示', recording: '本次通话没有录音', store: '本次通话暂时没有保存',
    stress: '暂时没有情绪曲线', coach: '暂时没有提示', other: '{{name}} 暂时不可用', stop: '。', callOk: '通话本身不受影响。', why: '原因:{{why}}',
  },
  slot: { number: '号码', amount: '金额', phone: '电话', order: '订单', date: '日期', email: '邮箱', spelled: '拼写' },
  link: { connecting: '连接中…', lost: '连接中断,正在恢复…', live: '已连接' },
  desk: {
    waiting: '等待下一个来电', waitingLead: '电话一响,这里会自动显示,不需要任何操作。', ringing: '你的电话正在响', over: '通话结束', overLead: '下一个来电会自动显示。', review: '查看这次通话',
    notes: '帮你记下的', notesEmpty: '通话中说到的号码、金额和日期会出现在这里,可以直接复制。', mood: '客户的语气', moodLead: '与这位客户自己平静时相比', moodEmpty: '听到客户几秒钟声音后开始显示。',
    calm: '平静', tense: '紧张', moodNow: '现在:{{word}}', moodWords: { low: '平静', mid: '有点紧张', high: '紧张', none: '没有可判断的声音' },
    own: '你自己的语气', ownLead: '只有你能看到', facts: '客户信息', earlier: '之前的提示', transcript: '对话内容', transcriptEmpty: '对话会随着说话显示在这里。', newest: '最新内容 ↓', notSure: '正在听',
    mute: '让助手安静', unmute: '唤醒助手', muted: '助手已静音。唤醒之前不会有任何提示。', hangUp: '挂断', hold: '保持中', keys: '快捷键',
  },
  card: {
    none: '现在没有提示', noneLead: '你做得很好。需要帮助时,提示会出现在这里。', source: '依据', heard: '{{at}} 听到:', accept: '有帮助', dismiss: '不需要', later: '稍后', steps: '步骤', hideSteps: '收起步骤', private: '只有你能看到', urgent: '马上',
    waiting_one: '有 1 条新提示', waiting_other: '有 {{count}} 条新提示', show: '显示', verdict: { accepted: '有帮助', dismissed: '不需要', later: '稍后' }, inEar: '耳机里也会说', expired: '已过时',
  },
  board: {
    title: '实时通话', empty: '现在没有通话', emptyLead: '电话一响就会出现在这里。', alert: '需要你', watch: '跟进', whisper: '耳语', whisperTo: '对 {{agent}} 耳语', whisperHint: '越短越好:3 到 8 个词。客户听不到。', send: '说给坐席', sent: '正在传到坐席耳机。', muted: '助手已静音', off: '不可用:{{parts}}', agent: '坐席', caller: '来电', time: '时长', status: '状态', queue: '队列', alerts_one: '1 个通话需要你', alerts_other: '{{count}} 个通话需要你',
  },
  calls: {
    title: '通话记录', search: '搜索说过的话、号码或姓名', agent: '坐席', from: '从', until: '到', score: '得分', scoreAny: '全部得分', scoreLow: '60 以下', scoreMid: '60 到 80', scoreHigh: '80 及以上', empty: '还没有通话', emptyLead: '结束的通话会列在这里,包括说了什么、做得怎么样。', nothing: '没有符合的通话', nothingLead: '试试少几个词、换个写法,或放宽日期。', clear: '清除搜索', when: '时间', caller: '来电', length: '时长', ending: '结束方式', kind: '类型', open: '打开 {{when}} 的通话',
  },
  call: {
    title: '通话', play: '播放', pause: '暂停', back5: '后退 5 秒', on5: '前进 5 秒', speed: '速度', noRecording: '这次通话没有录音。', noRecordingLead: '录音未开启,或文件已删除。文字和报告仍然可以查看。', loadingAudio: '正在加载录音…', transcript: '文字记录', report: '质检报告', tips: '提示', details: '详情', mood: '情绪',
    customerLeft: '客户', agentRight: '坐席', noReport: '还没有质检报告', noReportLead: '通话结束后会自动生成。', score: '得分', autoFail: '仅此一项即判为不合格', verdict: { pass: '达到', fail: '未达到', na: '不适用', unsure: '不确定' }, jump: '从 {{at}} 播放', given: '已给出', heldBack: '未给出', noTips: '这次通话没有给出或保留任何提示。', whisper: '耳语', whisperBy: '{{who}} 的耳语', whispers: '耳语', dropped: '没有说出:{{why}}', waited: '等了 {{s}} 秒合适的时机', follow: '跟随播放', noLines: '这次通话没有听到内容。', live: '这次通话正在进行。', goLive: '实时跟进', marks: '时间轴标记', unsureWords: '浅色的词识别把握不大。', moodEmpty: '这次通话没有情绪曲线。',
  },
  held: {
    cooldown: '刚刚给过同样的提示', most: '这次通话里这条提示已经够多', budget: '这次通话的提示已经够多', expired: '没有等到合适的时机', replaced: '被更好的提示取代', dose: '这位坐席在这方面不太需要帮助', muted: '坐席已让助手安静', speaking: '坐席正在说话,没有在耳机里说', ended: '通话先结束了',
  },
  practice: {
    title: '模拟练习', lead: '模拟客户会拨打你的电话,会说、会听、会反应。结束后给出与真实通话相同的报告。', start: '拨打我的电话', startFor: '拨打电话', phone: '电话地址', phoneHint: '例如 sip:mei@10.0.0.7:5060;留空则用该用户设置的电话', trainee: '学员(用户名)', started: '你的电话马上会响,请接听。', minutes: '约 {{n}} 分钟', difficulty: { easy: '简单', medium: '中等', hard: '困难' }, results: '结果', noResults: '还没有练习', noResultsLead: '在上面选一位客户;第一次总是最难的。', none: '没有可用的场景', noneLead: '请管理员开启模拟练习。', state: { ringing: '振铃中', running: '通话中', finished: '已完成', failed: '未成功' }, look: '查看通话', conclusion: '结论',
  },
  settings: {
    title: '设置', me: '我', users: '用户', tokens: 'API 令牌', audit: '操作记录', health: '网关各部分', look: '外观', language: '语言', theme: '颜色', auto: '跟随系统', password: '修改密码', old: '当前密码', new: '新密码', newHint: '至少 10 个字符,几个词连起来最好', changed: '已修改,请重新登录。', name: '用户名', display: '姓名', role: '角色', address: '电话地址', disabled: '禁止登录', add: '添加用户', edit: '修改 {{name}}', setPassword: '密码', keepPassword: '留空则不变', removeUser: '删除 {{name}}?', removeLead: '将无法再登录。通话记录会保留。',
    tokenFor: '用途', tokenUser: '代表谁(用户名,可留空)', addToken: '创建令牌', tokenOnce: '请现在复制,之后不再显示。', noTokens: '还没有令牌', created: '创建于', when: '时间', who: '谁', what: '做了什么', target: '对象', detail: '详情', noAudit: '还没有记录', on: '正常', off: '不可用', allOn: '一切正常。',
    roles: { agent: '坐席', supervisor: '主管', qc: '质检', trainer: '培训师', admin: '管理员' },
  },
};
