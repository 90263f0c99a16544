export const zh = {
  editor: '网格编辑', title: '网格防火', subtitle: '基层消防网格治理',
  signIn: '登录', token: '访问令牌', tokenHint: '粘贴令牌。演示令牌保存在 .gridward/demo-token。', signOut: '退出', badToken: '令牌无效或已过期', retry: '重试', failed: '读取失败',
  layers: '图层', base: '底图', objects: '监管对象', coverage: '覆盖率', heat: '隐患热力', search: '搜索名称或地址', noResult: '没有找到',
  period: '周期', class: '类别', allClasses: '全部类别', unit: '单位', total: '应查', met: '已查', unmet: '未查', rate: '覆盖率', gap: '最长间隔', days: '天', complete: '全覆盖', noneDue: '无应查', up: '返回上级',
  hazardTypes: '隐患类型', allTypes: '全部类型', severity: '最低等级', since: '时间', last30: '近 30 天', last90: '近 90 天', anyTime: '全部', low: '低', high: '高',
  close: '关闭', grid: '所属网格', holders: '责任主体', obligations: '巡查任务与理由', attributes: '基本信息', inspections: '最近巡查', hazards: '火灾隐患', address: '地址', town: '街镇', park: '园区', community: '居村委', risk: '风险', due: '截止', nearest: '最接近的一次', category: '类别', none: '无', yes: '是', no: '否',
  unmetList: '未完成清单', more: '更多', synthetic: '合成演示数据', dataDate: '数据日期', policy: '政策', role: '角色', language: 'English', panel: '面板', map: '地图', loading: '载入中…', hexagon: '个隐患', showPlaces: '放大查看单个对象', parkRow: '园区·第三类', allUnits: '所辖单位', per100: '按每百处监管对象计', hazardsPer100: '每百处监管对象的隐患数', placesThere: '处监管对象', hazardPoints: '火灾隐患点', hazardColors: '圆内为数量，颜色为其中最高等级；放大后逐个显示', grade: '等级',
  state: { met: '已完成', attempted: '上门未成', open: '待查', overdue: '逾期', excused: '免查', disputed: '存疑', not_due: '未到期' },
  body: { community: '居村委消防人员', town_patrol: '街镇巡查队', office: '消防安全管理办公室' },
  outcome: { done: '完成', no_access: '无法进入', refused: '拒绝', not_found: '未找到' },
  reason: { inside: '整体位于网格内', on_border: '位于边界，归代码较小者', largest_share: '占地最大', equal_shares: '占地相等，归代码较小者' },
  hazardState: { discovered: '发现', filed: '立案', dispatched: '派遣', handled: '处置', verified: '核查', closed: '结案' },
};
export type Texts = typeof zh;
